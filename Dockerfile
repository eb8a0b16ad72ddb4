# One image for all services, the miner's workers and the programs for operators; the first word of the command says
# which (see deploy/pocket.js): docker run <image> verify
#
# What is installed depends on the manifests only, so a change of source installs nothing again.
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS manifests
WORKDIR /manifests
RUN --mount=type=bind,target=/source \
    cd /source && find . -name package.json -not -path '*/node_modules/*' -exec cp --parents '{}' /manifests ';' \
    && cp package-lock.json .npmrc /manifests

FROM ${NODE_IMAGE} AS packages
# The compiler is for the native nonce search.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY --from=manifests /manifests .
RUN --mount=type=cache,target=/root/.npm npm ci --loglevel=error

FROM packages AS build
COPY . .
RUN npm run --silent generate && npm run --silent build:addon --workspace libs/pow && npm run --silent build \
    && npx tsx scripts/image.ts /image

FROM ${NODE_IMAGE}
ENV NODE_ENV=production POCKET_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /image .
USER node
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --retries=3 --start-period=30s --start-interval=1s CMD ["bash", "health.sh"]
ENTRYPOINT ["node", "pocket.js"]
