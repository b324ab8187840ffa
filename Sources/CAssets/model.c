#include "CAssets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// The built-in model, made by `cxrgate train`, and its passport; described in Conformance/ModelCard.md.
const unsigned char cxr_model_onnx[] = {
#embed "data/model.onnx"
};
const unsigned char cxr_model_json[] = {
#embed "data/model.json"
};

const unsigned long cxr_model_onnx_size = sizeof cxr_model_onnx;
const unsigned long cxr_model_json_size = sizeof cxr_model_json;
const unsigned char *cxr_model_onnx_pointer(void) { return cxr_model_onnx; }
const unsigned char *cxr_model_json_pointer(void) { return cxr_model_json; }
