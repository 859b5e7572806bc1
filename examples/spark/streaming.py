"""Translate files as they arrive: spark-submit streaming.py FOLDER EVENTS REJECTS CHECKPOINT."""

import sys

from pyspark.sql import DataFrame, SparkSession

from translator.spark import translate

source, events, rejects, checkpoint = sys.argv[1:]
spark = SparkSession.builder.appName("translate a stream").getOrCreate()


def write(batch: DataFrame, number: int) -> None:
    """Write a micro-batch to two places; a batch that is repeated replaces its own folder."""
    batch.persist()
    good = batch.where("event IS NOT NULL").select("event")
    good.write.mode("overwrite").text(f"{events}/batch={number}")
    bad = batch.where("reject IS NOT NULL").select("reject.*")
    bad.write.mode("overwrite").json(f"{rejects}/batch={number}")
    batch.unpersist()


lines = spark.readStream.text(source, lineSep="\n")
result = translate(lines, "goshops", "miso", params={"timezone": "America/Lima"})
query = (
    result.writeStream.foreachBatch(write)
    .option("checkpointLocation", checkpoint)
    .trigger(availableNow=True)  # translates what is there and stops; without it, runs forever
    .start()
)
query.awaitTermination()
spark.stop()
