/* Generated from Schemas/onnx.proto by ./dev schemas. */
#include <protobuf-c/protobuf-c.h>
