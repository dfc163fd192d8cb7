# Gantry in a container: one file of JavaScript on Deno, not as root. It also runs with a read-only root file system:
#
#   docker build --tag gantry .
#   docker run --read-only --cap-drop ALL --volume gantry:/data --publish 11112:11112 gantry
#
# It reads /etc/gantry/gantry.yaml where there is one; archive.path in it is then to be /data.

FROM denoland/deno:2.9.6 AS build
WORKDIR /build
COPY . .
RUN deno task build:bundle && mkdir /data
# The codecs, which the one file leaves to packages.
RUN DENO_DIR=/codecs deno cache --quiet --no-config $(sed -n 's/.*"\(npm:@cornerstonejs[^"]*\)".*/\1/p' deno.json)

FROM denoland/deno:2.9.6
LABEL org.opencontainers.image.title="Gantry" org.opencontainers.image.licenses="MIT"
COPY --from=build /build/dist/gantry.js /usr/lib/gantry/gantry.js
COPY --from=build /codecs /usr/lib/gantry/codecs
COPY --from=build --chown=1993:1993 /data /data
# Nothing is to be compiled or fetched later, so that nothing but /data is written to.
ENV DENO_DIR=/usr/lib/gantry/codecs DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
# Where gantry.yaml is looked for.
WORKDIR /etc/gantry
# The user deno of the image, by number, so that Kubernetes can tell that it is not root.
USER 1993:1993
VOLUME /data
EXPOSE 11112
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
  CMD ["deno", "run", "--quiet", "--no-config", "--allow-net", "--allow-env", "--allow-read=/etc/gantry", "/usr/lib/gantry/gantry.js", "health"]
ENTRYPOINT ["deno", "run", "--quiet", "--no-config", "--allow-net", "--allow-env", "--allow-sys", "--allow-run=deno", "--allow-read=/data,/etc/gantry", "--allow-write=/data", "/usr/lib/gantry/gantry.js"]
CMD ["listen", "--data", "/data", "--log-format", "json"]
