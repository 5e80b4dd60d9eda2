#include "test/fuzz/storm/clients.hpp"

#include <algorithm>
#include <cstring>

namespace axo::storm {

Client &Clients::add(Endpoint endpoint, bool user, unsigned weight) {
    Client &client = clients_.emplace_back();
    senders_.insert(senders_.end(), weight, &client);
    client.endpoint = endpoint;
    client.user = user;
    if (user) return client;
    for (const std::size_t bytes : {8192u, 4096u, 64u, 16u}) {
        auto &memory = memories_.emplace_back(bytes);
        client.grants.push_back(system_.grant(endpoint, memory.data(), bytes));
        granted_memory_[client.grants.back().value] = &memory;
        client.places.push_back(reinterpret_cast<std::uint64_t>(memory.data()));
    }
    auto &memory = memories_.emplace_back(256);
    client.grants.push_back(system_.grant(endpoint, memory.data(), 256, grant_flag::read));
    granted_memory_[client.grants.back().value] = &memory;
    return client;
}

Client *Clients::find(Endpoint endpoint) {
    for (Client &client : clients_)
        if (client.endpoint == endpoint && !client.dead) return &client;
    return nullptr;
}

Endpoint Clients::some_endpoint() {
    const std::uint64_t kind = random_.below(20);
    if (kind < 15) return any().endpoint;
    if (kind == 15) return Endpoint{any().endpoint.value + (1u << Endpoint::slot_bits)};  // stale
    if (kind == 16) return Endpoint{0x80000001u + static_cast<std::uint32_t>(random_.below(3))};
    if (kind == 17) return Endpoint{static_cast<std::uint32_t>(numbers_.number())};
    return Endpoint{static_cast<std::uint32_t>(random_.below(16))};
}

GrantId Clients::some_grant(Client &client) {
    const std::uint64_t kind = random_.below(20);
    Client &granter = kind < 16 ? client : any();
    if (kind == 19 || granter.grants.empty()) return GrantId{static_cast<std::int32_t>(numbers_.number())};
    if (kind == 18) return invalid_grant;
    return random_.one_of(granter.grants);
}

std::uint64_t Clients::some_address(Client &client) {
    const std::uint64_t kind = random_.below(20);
    if (kind < 18 && !client.places.empty()) return random_.one_of(client.places) + random_.below(8) * 8;
    return numbers_.number();
}

std::size_t Clients::text_length(GrantId grant) const {
    const auto memory = granted_memory_.find(grant.value);
    if (memory == granted_memory_.end()) return 0;
    const std::vector<std::uint8_t> &bytes = *memory->second;
    return static_cast<std::size_t>(std::find(bytes.begin(), bytes.end(), 0) - bytes.begin());
}

void Clients::stir() {
    if (memories_.empty()) return;
    auto &memory = random_.one_of(memories_);
    const auto text = numbers_.text();
    std::size_t at = 0;
    if (random_.percent(70)) {
        std::copy_n(text.data(), std::min(text.size(), memory.size()), memory.begin());
        at = text.size();
        if (at < memory.size()) memory[at] = 0;
    }
    for (at = (at + 8) & ~std::size_t{7}; at + 8 <= std::min<std::size_t>(memory.size(), 128); at += 8) {
        const std::uint64_t word = numbers_.number();
        std::memcpy(memory.data() + at, &word, sizeof word);
    }
}

}  // namespace axo::storm
