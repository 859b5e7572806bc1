"""Translate a Parquet file and keep its other columns: spark-submit parquet.py INPUT OUTPUT."""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from translator.spark import translate_column

source, output = sys.argv[1:]
spark = SparkSession.builder.appName("translate Parquet").getOrCreate()

# The columns: id, payload (JSON, or a struct) and zone (the time zone of dates without an offset).
frame = spark.read.parquet(source)
result = translate_column(
    frame, "goshops", "miso", column="payload", params={"timezone": f.col("zone")}
)
frame.select("id", result.alias("result")).select("id", "result.*").write.parquet(output)
spark.stop()
