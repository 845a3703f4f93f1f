-- Images whose attention is most concentrated, and how far both maps agree on where half of the mass is.
SELECT image_id, round(attention_entropy(pool4), 3) AS entropy, round(attention_area(pool4, 0.9), 3) AS area_of_nine_tenths,
  round(attention_jaccard(
    attention_region(pool4, 0.5),
    attention_region(attention_upsample(pool3, pool3_width, pool4_width, pool4_height), 0.5)), 3) AS agreement
FROM attention ORDER BY entropy LIMIT 20;
