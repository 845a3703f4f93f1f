-- How scores moved from model to model, and which images moved most.
SELECT * FROM score_drift_summary ORDER BY score_date, model_version;
SELECT image_id, previous_model_version, model_version, round(previous_probability, 3) AS before, round(probability, 3) AS after
FROM score_drift ORDER BY abs(change) DESC LIMIT 20;
