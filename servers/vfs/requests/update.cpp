// A live update is approached: new calls and requests wait (lib/sef/parked.hpp) until VFS has come to rest and the new
// version, or this one, goes on. What stands here passes, since an answer that VFS waits for may need it.
#include "servers/vfs/vfs.hpp"

namespace axo::vfs {
namespace {

bool waits_for(Endpoint peer) { return sef::pending_requests().waits_for(peer); }

/// Those who answer VFS while they ask it something themselves. PM has VM bring memory in.
bool works_for_us(Endpoint peer) { return waits_for(peer) || (peer == endpoint::vm && waits_for(endpoint::pm)); }

}  // namespace

/// Per sender all or nothing, so that nothing overtakes what the same one sent before; but for Cancel, which finds its
/// call whether it waits here or there, and Counters, which changes nothing. RS brings drivers back that file systems
/// wait for.
bool Vfs::must_serve(const Message &message) {
    if (message.from_user()) return false;
    if (message.type == Cancel::number || message.type == Counters::number) return true;
    return message.source == endpoint::rs || works_for_us(message.source);
}

}  // namespace axo::vfs
