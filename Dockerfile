# Two images: `docker build --target worker .` is the Worker, `docker build --target shim .` is PHP with mailshim in sendmail's
# place. compose.yaml runs both. docs/docker.md has the shim in an image of your own.
ARG NODE=node:24-bookworm-slim
ARG PHP=php:8.3-fpm-bookworm

FROM ${NODE} AS source
WORKDIR /opt/mailshim
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .

FROM source AS build
RUN apt-get update && apt-get install -y --no-install-recommends musl-tools \
 && rm -rf /var/lib/apt/lists/* \
 && npm run build && npm run launcher

FROM source AS worker
ENV HOST=0.0.0.0 PORT=8787 DATA=/data
RUN install -d -m 0700 -o node -g node /data
VOLUME /data
USER node
EXPOSE 8787
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:8787/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node_modules/.bin/node", "scripts/start.ts"]

FROM ${PHP} AS shim
COPY --from=source /usr/local/bin/node /usr/local/bin/node
COPY --from=build /opt/mailshim/dist /tmp/mailshim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && node /tmp/mailshim/mailshim.cjs install --as-sendmail && rm -r /tmp/mailshim \
 && echo 'sendmail_path = "/usr/local/bin/mailshim --lock -t -i"' > /usr/local/etc/php/conf.d/mailshim.ini \
 && install -d -m 0700 -o www-data -g www-data /var/spool/mailshim-www-data
VOLUME /var/spool/mailshim-www-data
