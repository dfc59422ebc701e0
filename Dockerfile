# The manager in an image of its own: one static program, no shell, no root.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
# Modules change less often than code, so they are a layer of their own.
COPY go.mod go.sum ./
RUN go mod download
COPY main.go ./
COPY api api
COPY controllers controllers
COPY internal internal
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -buildvcs=false -ldflags '-s -w' -o /manager .

# Certificates of the public authorities are in here; Gandi's API is reached by TLS.
FROM gcr.io/distroless/static:nonroot
COPY --from=build /manager /manager
# By number, so that runAsNonRoot can be checked without the image's user file.
USER 65532:65532
ENTRYPOINT ["/manager"]
