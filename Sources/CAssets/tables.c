#include "CAssets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// Tables of the standard; made by Tools/tables/generate.py, which also describes their lines.
static const unsigned char dictionary[] = {
#embed "data/dictionary.tsv"
};
static const unsigned char confidentiality[] = {
#embed "data/confidentiality.tsv"
};
static const unsigned char attribute_types[] = {
#embed "data/attribute-types.tsv"
};
static const unsigned char uids[] = {
#embed "data/uids.txt"
};
static const unsigned char terms[] = {
#embed "data/terms.txt"
};
static const unsigned char safe_private[] = {
#embed "data/safe-private.tsv"
};
static const unsigned char content_names[] = {
#embed "data/content-names.tsv"
};
static const unsigned char descriptor_words[] = {
#embed "data/descriptor-words.txt"
};

const unsigned char *cxr_dictionary_bytes(void) { return dictionary; }
unsigned long cxr_dictionary_size(void) { return sizeof dictionary; }
const unsigned char *cxr_confidentiality_bytes(void) { return confidentiality; }
unsigned long cxr_confidentiality_size(void) { return sizeof confidentiality; }
const unsigned char *cxr_attribute_types_bytes(void) { return attribute_types; }
unsigned long cxr_attribute_types_size(void) { return sizeof attribute_types; }
const unsigned char *cxr_uids_bytes(void) { return uids; }
unsigned long cxr_uids_size(void) { return sizeof uids; }
const unsigned char *cxr_terms_bytes(void) { return terms; }
unsigned long cxr_terms_size(void) { return sizeof terms; }
const unsigned char *cxr_safe_private_bytes(void) { return safe_private; }
unsigned long cxr_safe_private_size(void) { return sizeof safe_private; }
const unsigned char *cxr_content_names_bytes(void) { return content_names; }
unsigned long cxr_content_names_size(void) { return sizeof content_names; }
const unsigned char *cxr_descriptor_words_bytes(void) { return descriptor_words; }
unsigned long cxr_descriptor_words_size(void) { return sizeof descriptor_words; }
