-- The images that the newest model finds most suspicious, with where it looked: x and y as shares of the image's sides.
SELECT p.image_id, round(p.probability, 3) AS probability, round(a.pool4_peak_x, 2) AS x, round(a.pool4_peak_y, 2) AS y
FROM latest_predictions p JOIN attention a USING (run_id, image_uri)
ORDER BY p.probability DESC LIMIT 20;
