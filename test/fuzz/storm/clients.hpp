// Who sends to the service, and what they have that is worth naming: endpoints, grants, addresses.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "axo/types.hpp"
#include "test/fuzz/storm/values.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo::storm {

struct Client {
    Endpoint endpoint;
    bool user = false;  // a user program: Linux calls only, by SENDREC
    bool waits = false;
    bool dead = false;
    bool held = false;  // the kernel lets it do nothing
    std::vector<GrantId> grants;
    std::vector<std::uint64_t> places;  // addresses in its memory that are worth naming
};

class Clients {
public:
    Clients(Random &random, Numbers &numbers, fake::System &system)
        : random_(random), numbers_(numbers), system_(system) {}

    /// `weight`: how often it sends, compared with others.
    Client &add(Endpoint endpoint, bool user, unsigned weight);
    /// Sends once more as often.
    void favour(Endpoint endpoint) { senders_.push_back(find(endpoint)); }
    /// Null: not there, or dead.
    Client *find(Endpoint endpoint);
    std::deque<Client> &all() { return clients_; }

    Client &any() { return random_.one_of(clients_); }
    Client &sender() { return *random_.one_of(senders_); }

    /// One of a client, as often as not; stale, special and wild ones too.
    Endpoint some_endpoint();
    GrantId some_grant(Client &client);
    /// A number that is an address in the client's memory as often as not.
    std::uint64_t some_address(Client &client);
    /// Of the text that lies at the start of what was granted.
    std::size_t text_length(GrantId grant) const;
    /// What lies in memory that clients grant changes all the time.
    void stir();

private:
    Random &random_;
    Numbers &numbers_;
    fake::System &system_;
    std::deque<Client> clients_;
    std::vector<Client *> senders_;
    std::deque<std::vector<std::uint8_t>> memories_;
    std::map<std::int32_t, const std::vector<std::uint8_t> *> granted_memory_;
};

}  // namespace axo::storm
