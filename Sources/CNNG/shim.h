#ifndef BRAID_CNNG_SHIM_H
#define BRAID_CNNG_SHIM_H
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#endif
