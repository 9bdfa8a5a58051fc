# syntax=docker/dockerfile:1
# Two stages: the second holds the binary, libopus and the certificate roots, and runs as nobody.

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev libopus-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The caches outlive a build, so that a change of the sources does not build the dependencies anew.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin uguisu \
    && cp target/release/uguisu /usr/local/bin/uguisu

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libopus0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin uguisu \
    && install -d -o uguisu -g uguisu /data
COPY --from=build /usr/local/bin/uguisu /usr/local/bin/uguisu
USER uguisu
VOLUME /data
# Loopback of the container: the health check below is its only reader unless HTTP_LISTEN says more.
ENV DATABASE_URL=sqlite:///data/uguisu.db
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["uguisu", "healthcheck"]
ENTRYPOINT ["uguisu"]
