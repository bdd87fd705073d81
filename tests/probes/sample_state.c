/*
 * sample_state: sample_ok under another name and with another impact, for what
 * a profile allows.
 */
#define SAMPLE_NAME "sample.state"
#define SAMPLE_IMPACT ASSAY_STATE
#include "tests/probes/sample_ok.c"
