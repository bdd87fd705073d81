/*
 * sample_state: sample_ok under another name, which says that it changes the device's state:
 * for what a profile allows.
 */
#define SAMPLE_NAME "sample.state"
#define SAMPLE_IMPACT ASSAY_STATE
#include "tests/probes/sample_ok.c"
