-- Why images were left out, and those that no run has scored since.
SELECT * FROM reject_summary ORDER BY reject_date, reason;
SELECT r.image_uri, max_by(r.reason, r.attempt) AS reason, max_by(r.detail, r.attempt) AS detail, max(r.attempt) AS attempts
FROM rejects r LEFT ANTI JOIN predictions p ON p.image_uri = r.image_uri AND p.scored_at > r.rejected_at
GROUP BY r.image_uri ORDER BY r.image_uri;
