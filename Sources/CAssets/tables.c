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
