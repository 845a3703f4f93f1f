-- Volumes and mean scores, night by night and model by model.
SELECT score_date, model_version, count(*) AS images, round(avg(probability), 4) AS mean_probability,
  count_if(probability >= 0.5) AS at_least_one_half
FROM predictions GROUP BY score_date, model_version ORDER BY score_date, model_version;
