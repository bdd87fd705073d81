/*
 * sample_load: sample_ok under another name and with another impact, for what a
 * profile allows.
 */
#define SAMPLE_NAME "sample.load"
#define SAMPLE_IMPACT ASSAY_LOAD
#include "tests/probes/sample_ok.c"
