# The Hecate worker and its command line; with `--target caddy` a Caddy that limits rates.
FROM golang:1.26.8-bookworm AS caddy-build
WORKDIR /src
COPY src/stack/servers/caddy-build ./
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -tags nobadger,nomysql,nopgx -o /caddy .

FROM caddy:2.11.7-alpine AS caddy
COPY --from=caddy-build /caddy /usr/bin/caddy

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production HECATE_HOME=/var/lib/hecate
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/bin ./bin
COPY --from=build /app/src/stack/servers ./src/stack/servers
# Manifests are read from repositories.
RUN apt-get update && apt-get install --yes --no-install-recommends git openssh-client ca-certificates \
  && rm -rf /var/lib/apt/lists/*
RUN mkdir -p /var/lib/hecate && chown node:node /var/lib/hecate
USER node
# Once it polls, the worker touches this file every second; it holds why the worker does not do its work, else null.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "const f='/var/lib/hecate/run/worker.ready',s=require('fs');process.exit(JSON.parse(s.readFileSync(f,'utf8')).problem===null&&Date.now()-s.statSync(f).mtimeMs<15000?0:1)"]
CMD ["node", "dist/worker.cjs"]
