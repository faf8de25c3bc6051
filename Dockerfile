# syntax=docker/dockerfile:1
# The service and the worker in one image. EXTRA names the FAISS build: cpu, gpu (CUDA 13) or
# gpu-cu12. docs/how-to/run-with-docker.md says how to use it.

ARG PYTHON=3.12

FROM python:${PYTHON}-slim-bookworm AS build
ARG EXTRA=cpu
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 VIRTUAL_ENV=/opt/sightline
WORKDIR /src
# What is pinned comes first: while the locks stay, a change of the program reuses these layers.
COPY requirements/uv.txt requirements/
RUN python -m venv /opt/uv \
    && /opt/uv/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.txt
COPY requirements/${EXTRA}.txt requirements/postgresql.txt requirements/build.txt requirements/
RUN --mount=type=cache,target=/root/.cache/uv \
    python -m venv --without-pip /opt/sightline \
    && /opt/uv/bin/uv pip install --require-hashes \
        -r "requirements/${EXTRA}.txt" -r requirements/postgresql.txt
COPY pyproject.toml README.md LICENSE ./
COPY search/ search/
COPY indexer/ indexer/
COPY api/ api/
COPY cli/ cli/
COPY migrations/ migrations/
# Build tools stay in this stage: they go to a place of their own.
RUN --mount=type=cache,target=/root/.cache/uv \
    python -m venv --without-pip /opt/build \
    && VIRTUAL_ENV=/opt/build /opt/uv/bin/uv pip install --require-hashes \
        -r requirements/build.txt \
    && /opt/uv/bin/uv build --wheel --no-build-isolation --python /opt/build/bin/python \
        --out-dir /dist . \
    && /opt/uv/bin/uv pip install --no-deps --target /opt/program /dist/*.whl

FROM python:${PYTHON}-slim-bookworm AS run
RUN groupadd --gid 10001 sightline \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp sightline \
    && install -d -o sightline -g sightline /data /weights
# The dependencies are gigabytes and change seldom; the program is small and changes often.
COPY --from=build /opt/sightline /opt/sightline
COPY --from=build /opt/program /opt/program
ENV PATH=/opt/sightline/bin:$PATH \
    PYTHONPATH=/opt/program \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HOME=/weights \
    SIGHTLINE_HOME=/data
USER 10001:10001
VOLUME ["/data", "/weights"]
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=180s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["python", "-m", "cli"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
