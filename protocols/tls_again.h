/*
 * tls_again: several servers behind one address, of which each hello meets one.
 *
 * A balancer spreads connections, in turn or by chance, and one server behind
 * it may be older than the others: asked once, an old version is refused by
 * whoever it met.  So what was not taken is asked again at the end, and so is
 * the first hello of each version that was: it has to choose the same.  Any
 * difference, and nothing is known to be refused; what is taken now is taken.
 * Every second round goes backwards, so that two servers that take turns each
 * hear everything.  Who balances by the address it is asked from shows one
 * server only.  A server that took so many suites that it was asked a hundred
 * times has failed already, and is left alone.  Pure.
 */
#ifndef ASSAY_TLS_AGAIN_H
#define ASSAY_TLS_AGAIN_H

#include "protocols/tls_enumerate.h"

#define TLS_AGAIN_VERSIONS 3 /* rounds, of versions alone */
#define TLS_AGAIN_SUITES 2   /* of all suites */
#define TLS_AGAIN_MANY 100   /* after so many hellos, none */

/* Adds its lanes to a plan that is over, once, where it is wanted. */
void tls_again_ask(struct tls_enumerate *);
/* What came of one of its lanes. */
void tls_again_hear(
    struct tls_enumerate *, struct tls_lane *, const struct tls_reply *);

#endif
