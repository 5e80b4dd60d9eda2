// Client of DS: keys and content by grant for the time of one call.
#include "lib/sys/ds.hpp"

#include "lib/sys/grants.hpp"

namespace axo::sys::ds {

using namespace axo::ds;

namespace {

Result<Grant> grant_text(std::string_view text) {
    return Grant::direct(endpoint::ds, text.data(), text.size(), Access::read);
}

Status publish(std::string_view key, Type type, std::uint64_t value, std::uint32_t flags,
               std::span<const std::byte> content) {
    const Grant key_grant = TRY(grant_text(key));
    Publish request{};
    request.type = type;
    request.flags = flags;
    request.key = key_grant.id();
    request.key_bytes = static_cast<std::uint32_t>(key.size());
    request.value = value;
    request.data = invalid_grant;
    Grant data;
    if (!content.empty()) {
        data = TRY(Grant::direct(endpoint::ds, content.data(), content.size(), Access::read));
        request.data = data.id();
        request.data_bytes = content.size();
    }
    TRY(call(endpoint::ds, request));
    return {};
}

Result<Retrieve::Reply> retrieve(std::string_view key, Type type, std::span<std::byte> content,
                                 MapUse how = MapUse::none, std::uint64_t index = 0) {
    const Grant key_grant = TRY(grant_text(key));
    Retrieve request{};
    request.type = type;
    request.key = key_grant.id();
    request.key_bytes = static_cast<std::uint32_t>(key.size());
    request.data = invalid_grant;
    request.how = how;
    request.index = index;
    Grant data;
    if (!content.empty()) {
        data = TRY(Grant::direct(endpoint::ds, content.data(), content.size(), Access::write));
        request.data = data.id();
        request.data_bytes = content.size();
    }
    return call(endpoint::ds, request);
}

}  // namespace

Status publish_number(std::string_view key, std::uint64_t value, std::uint32_t flags) {
    return publish(key, Type::number, value, flags, {});
}
Status publish_string(std::string_view key, std::string_view text, std::uint32_t flags) {
    return publish(key, Type::string, 0, flags, std::as_bytes(std::span(text)));
}
Status publish_memory(std::string_view key, std::span<const std::byte> content, std::uint32_t flags) {
    return publish(key, Type::memory, 0, flags, content);
}
Status publish_label(std::string_view label, Endpoint process, std::uint32_t flags) {
    return publish(label, Type::label, process.value, flags, {});
}

Result<std::uint64_t> retrieve_number(std::string_view key) {
    const auto reply = TRY(retrieve(key, Type::number, {}));
    return reply.value;
}
Result<std::size_t> retrieve_string(std::string_view key, std::span<char> text) {
    const auto reply = TRY(retrieve(key, Type::string, std::as_writable_bytes(text)));
    return reply.data_bytes;
}
Result<std::size_t> retrieve_memory(std::string_view key, std::span<std::byte> content) {
    const auto reply = TRY(retrieve(key, Type::memory, content));
    return reply.data_bytes;
}

Result<Grant> publish_map(std::string_view key, std::span<const std::byte> pages, std::uint32_t flags) {
    const auto start = reinterpret_cast<std::uint64_t>(pages.data());
    if (start % page_size != 0 || pages.size() % page_size != 0) return Error::invalid;
    const Grant key_grant = TRY(grant_text(key));
    Grant data = TRY(Grant::direct(endpoint::ds, pages.data(), pages.size(), Access::map_read));
    Publish request{};
    request.type = Type::map;
    request.flags = flags;
    request.key = key_grant.id();
    request.key_bytes = static_cast<std::uint32_t>(key.size());
    request.data = data.id();
    request.data_bytes = pages.size();
    TRY(call(endpoint::ds, request));
    return data;
}

Result<SharedMap> share_map(std::string_view key) {
    const auto reply = TRY(retrieve(key, Type::map, {}, MapUse::share));
    return SharedMap{GrantId{static_cast<std::int32_t>(reply.value)}, reply.data_bytes};
}
Result<std::size_t> copy_map(std::string_view key, std::span<std::byte> content) {
    const auto reply = TRY(retrieve(key, Type::map, content, MapUse::copy));
    return reply.data_bytes;
}
Result<std::size_t> copy_snapshot(std::string_view key, std::uint64_t index, std::span<std::byte> content) {
    const auto reply = TRY(retrieve(key, Type::map, content, MapUse::snapshot, index));
    return reply.data_bytes;
}
Result<std::uint64_t> take_snapshot(std::string_view key) {
    const Grant key_grant = TRY(grant_text(key));
    const Snapshot request{.key = key_grant.id(), .key_bytes = static_cast<std::uint32_t>(key.size())};
    const auto reply = TRY(call(endpoint::ds, request));
    return reply.index;
}

Status remove(std::string_view key, Type type) {
    const Grant key_grant = TRY(grant_text(key));
    const Delete request{.type = type, .key = key_grant.id(), .key_bytes = static_cast<std::uint32_t>(key.size())};
    TRY(call(endpoint::ds, request));
    return {};
}

Result<Endpoint> endpoint_of(std::string_view label) {
    if (label.size() >= label_size) return Error::no_process;
    EndpointOf request{};
    put_text(request.label, label);
    const auto reply = TRY(call(endpoint::ds, request));
    return reply.endpoint;
}

Result<Label> label_of(Endpoint process) {
    const auto reply = TRY(call(endpoint::ds, LabelOf{.endpoint = process}));
    return Label::cut(text_of(reply.label));
}

Status subscribe(std::string_view pattern, std::uint32_t types, std::uint32_t flags) {
    const Grant grant = TRY(grant_text(pattern));
    const Subscribe request{.pattern = grant.id(),
                            .pattern_bytes = static_cast<std::uint32_t>(pattern.size()),
                            .types = types,
                            .flags = flags};
    TRY(call(endpoint::ds, request));
    return {};
}

Result<Event> check() {
    Event event{};
    const Grant key = TRY(Grant::direct(endpoint::ds, event.key.text, sizeof event.key.text, Access::write));
    const Check request{.key = key.id(), .reserved = 0};
    const auto reply = TRY(call(endpoint::ds, request));
    event.type = reply.type;
    event.owner = reply.owner;
    event.deleted = reply.deleted != 0;
    event.value = reply.value;
    return event;
}

}  // namespace axo::sys::ds
