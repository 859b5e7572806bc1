# docker build -t translator . && docker run --rm -i translator translate goshops miso - < events.ndjson
FROM python:3.13-slim AS build
COPY . /src
RUN python -m venv /opt/translator && /opt/translator/bin/pip install --no-cache-dir /src

FROM python:3.13-slim
COPY --from=build /opt/translator /opt/translator
# Compiled pairs are cached under the home of this user.
RUN useradd --create-home --uid 10001 translator
USER translator
WORKDIR /data
ENTRYPOINT ["/opt/translator/bin/translator"]
