/*
 * xml: text within XML 1.0.
 */
#ifndef ASSAY_XML_H
#define ASSAY_XML_H

#include "reports/text_out.h"

/* In an element or an attribute; what has no place in XML is a '?'. */
void xml_put(struct text_out *o, const char *s);
/* ' name="value"' */
void xml_put_attribute(struct text_out *o, const char *name, const char *value);
void xml_put_count(struct text_out *o, const char *name, size_t n);

#endif
