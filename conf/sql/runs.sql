-- What the runs did, and how fast; a run's settings are in runs.settings.
SELECT started_at, status, planned, scored, rejected, round(seconds, 1) AS seconds, round(images_per_second, 2) AS per_second
FROM run_history ORDER BY started_at DESC;
