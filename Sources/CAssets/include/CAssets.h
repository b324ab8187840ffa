// Data that is compiled into the program: each asset as a pointer to its first byte, and its size in bytes.
#ifndef CXR_ASSETS_H
#define CXR_ASSETS_H

// Tables of the standard.
const unsigned char *cxr_dictionary_bytes(void);
unsigned long cxr_dictionary_size(void);
const unsigned char *cxr_confidentiality_bytes(void);
unsigned long cxr_confidentiality_size(void);
const unsigned char *cxr_attribute_types_bytes(void);
unsigned long cxr_attribute_types_size(void);
const unsigned char *cxr_uids_bytes(void);
unsigned long cxr_uids_size(void);
const unsigned char *cxr_terms_bytes(void);
unsigned long cxr_terms_size(void);
const unsigned char *cxr_safe_private_bytes(void);
unsigned long cxr_safe_private_size(void);
const unsigned char *cxr_content_names_bytes(void);
unsigned long cxr_content_names_size(void);
const unsigned char *cxr_descriptor_words_bytes(void);
unsigned long cxr_descriptor_words_size(void);

// The font of the heat maps' legend.
const unsigned char *cxr_font_bytes(void);
unsigned long cxr_font_size(void);

// The built-in model and its passport. Swift cannot see an array of unknown length; it takes the pointers.
extern const unsigned char cxr_model_onnx[];
extern const unsigned long cxr_model_onnx_size;
extern const unsigned char cxr_model_json[];
extern const unsigned long cxr_model_json_size;
const unsigned char *cxr_model_onnx_pointer(void);
const unsigned char *cxr_model_json_pointer(void);

#endif
