# Usher in a container, without root: docker build -t usher . &&
#   docker run -p 3000:3000 --env-file .env -v usher:/data --stop-timeout 35 usher
FROM python:3.11-slim AS built
WORKDIR /usher
# Without docstrings, Usher needs 4 MiB less.
ENV PYTHONOPTIMIZE=2
RUN pip install --no-cache-dir --disable-pip-version-check uv
COPY pyproject.toml uv.lock ./
# For Sentry: --build-arg EXTRAS="--extra sentry"
ARG EXTRAS=""
RUN uv sync --locked --no-dev --no-install-project --no-cache --compile-bytecode --python python3 $EXTRAS
COPY bot bot
RUN python -m compileall -q bot

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home usher && install --directory --owner usher /data
WORKDIR /usher
COPY --from=built /usher .
COPY manifest.yml .
# Without the one file of all CA certificates, OpenSSL loads one from /etc/ssl/certs when a server needs it. Otherwise
# importing aiohttp parses the file twice, which takes a fifth of the startup time.
RUN rm -f "$(python -c 'import ssl; print(ssl.get_default_verify_paths().openssl_cafile)')"
# Fewer malloc arenas keep memory from growing.
ENV PYTHONOPTIMIZE=2 MALLOC_ARENA_MAX=2 PYTHONUNBUFFERED=1
# Python comes here without bytecode, and `usher` may not write any: each start would compile the standard library.
RUN python -m compileall -q -x "/(site-packages|test|idlelib|lib2to3)/" "$(python -c 'import os; print(os.path.dirname(os.__file__))')"
ENV PATH=/usher/.venv/bin:$PATH DATABASE_URL=sqlite:////data/usher.db
USER usher
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
  CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', 3000)}/healthz\", timeout=2)"]
# The bot itself is process 1: SIGTERM and SIGINT reach it, and it finishes what runs. Migrations: `python -m bot migrate`.
CMD ["python", "-m", "bot"]
