"""Translate files of NDJSON: spark-submit batch.py INPUT EVENTS REJECTS."""

import sys

from pyspark import StorageLevel
from pyspark.sql import SparkSession

from translator.spark import translate

source, events, rejects = sys.argv[1:]
spark = SparkSession.builder.appName("translate a batch").getOrCreate()

# By default, a carriage return ends a line too.
lines = spark.read.text(source, lineSep="\n")
result = translate(lines, "goshops", "miso", params={"timezone": "America/Lima"})

# Without persist, each of the two writes translates all events.
result.persist(StorageLevel.MEMORY_AND_DISK)
result.where("event IS NOT NULL").select("event").write.text(events)
result.where("reject IS NOT NULL").select("reject.*").write.json(rejects)
spark.stop()
