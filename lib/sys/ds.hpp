// Client of DS: names, values, shared pages and events. Every call blocks on DS.
#pragma once

#include <span>
#include <string_view>

#include "axo/ds_protocol.hpp"
#include "lib/base/fixed_string.hpp"
#include "lib/sys/grants.hpp"
#include "lib/sys/ipc.hpp"

namespace axo::sys::ds {

using Key = FixedString<axo::ds::key_max>;

/// Errors: not_permitted, exists (without overwrite), invalid (key), no_memory.
Status publish_number(std::string_view key, std::uint64_t value, std::uint32_t flags = axo::ds::flag::overwrite);
Status publish_string(std::string_view key, std::string_view text, std::uint32_t flags = axo::ds::flag::overwrite);
Status publish_memory(std::string_view key, std::span<const std::byte> content,
                      std::uint32_t flags = axo::ds::flag::overwrite);
/// RS only.
Status publish_label(std::string_view label, Endpoint process, std::uint32_t flags = axo::ds::flag::overwrite);

/// Errors: no_process (unknown), not_permitted.
Result<std::uint64_t> retrieve_number(std::string_view key);
/// The part that fits; returns its length. Text is not NUL-terminated.
Result<std::size_t> retrieve_string(std::string_view key, std::span<char> text);
Result<std::size_t> retrieve_memory(std::string_view key, std::span<std::byte> content);

/// Whole pages that stay the caller's own and that it goes on writing; they are published while the returned grant
/// lives and `remove` was not called. Errors: as the others; invalid also: not page-aligned.
Result<Grant> publish_map(std::string_view key, std::span<const std::byte> pages, std::uint32_t flags = 0);

/// What sys::safe_map needs, with endpoint::ds as granter, to map a published map for reading. The mapping becomes a
/// copy when its publisher goes or removes it. Errors: no_process, not_permitted.
struct SharedMap {
    GrantId grant;
    std::uint64_t bytes;
};
Result<SharedMap> share_map(std::string_view key);
/// What the pages hold now, or held at a snapshot; the part that fits. Returns its length. Errors: no_process,
/// not_permitted, io (its publisher died), invalid (none of the newest snapshots_kept).
Result<std::size_t> copy_map(std::string_view key, std::span<std::byte> content);
Result<std::size_t> copy_snapshot(std::string_view key, std::uint64_t index, std::span<std::byte> content);
/// The new snapshot's index. Errors: no_process, not_permitted, no_memory, io.
Result<std::uint64_t> take_snapshot(std::string_view key);

Status remove(std::string_view key, axo::ds::Type type);

/// Errors: no_process.
Result<Endpoint> endpoint_of(std::string_view label);
Result<Label> label_of(Endpoint process);

/// `pattern`: extended regular expression over whole keys; types: bits of ds::Type, 0 = all.
/// A notification from DS says that check() has news. Errors: exists, invalid, again.
Status subscribe(std::string_view pattern, std::uint32_t types = 0,
                 std::uint32_t flags = axo::ds::flag::initial | axo::ds::flag::overwrite);

struct Event {
    Key key;
    axo::ds::Type type;
    Endpoint owner;  // none when its label is gone
    bool deleted;
    std::uint64_t value;  // of numbers and labels
};
/// The next event; call until it fails with no_entry, since notifications merge.
Result<Event> check();

}  // namespace axo::sys::ds
