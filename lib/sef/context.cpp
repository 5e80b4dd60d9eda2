// The one instance of a service's image. lib/sys knows its first part by this name, and so does every access of
// lib/sef: a constant address, no pointer to follow.
#include "lib/sef/context.hpp"

#ifndef AXO_HOST
namespace axo::sef {

constinit ProcessContext image_context asm("axo_process_context");

}  // namespace axo::sef
#endif
