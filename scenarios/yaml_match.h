/*
 * yaml_match: patterns that stay compiled while a file is read.
 */
#ifndef ASSAY_YAML_MATCH_H
#define ASSAY_YAML_MATCH_H

/* What yaml_matches() has kept goes. */
void yaml_match_forget(void);

#endif
