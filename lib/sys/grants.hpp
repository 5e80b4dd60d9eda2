// Grants this process gives (ref 1.13). The table lies in the state arena, grows without limit but
// the kernel's 65,536, and a revoked id never becomes valid again before 32,768 reuses of its entry.
#pragma once

#include "axo/kernel_call.hpp"
#include "lib/base/vector.hpp"

namespace axo::sys {

enum class Access : std::uint32_t {
    read = grant_flag::read,
    write = grant_flag::write,
    read_write = grant_flag::read | grant_flag::write,
    map_read = grant_flag::read | grant_flag::map,
    map_read_write = grant_flag::read | grant_flag::write | grant_flag::map,
};

class GrantTable {
public:
    explicit GrantTable(Heap &heap) : entries_(heap) {}

    /// Own memory. Errors (all three): no_memory (table full).
    Result<GrantId> direct(Endpoint grantee, const void *start, std::size_t bytes, Access access);
    /// Memory of `owner` (VFS only, which made the range present before).
    Result<GrantId> magic(Endpoint grantee, Endpoint owner, VirtAddr start, std::uint64_t bytes, Access access);
    /// Passes on what `granter` granted to this process.
    Result<GrantId> indirect(Endpoint grantee, Endpoint granter, GrantId grant);

    /// Ends a grant (and what was mapped by it). Invalid or stale ids are ignored.
    void revoke(GrantId grant);

    /// The kernel is told again where the table is (after a live update).
    Status announce();

    std::size_t in_use() const { return in_use_; }
    const GrantEntry *find(GrantId grant) const;

private:
    Result<GrantId> add(const GrantEntry &entry);
    Status grow();

    Vector<GrantEntry> entries_;
    std::size_t in_use_ = 0;
    std::uint32_t first_free_ = end_of_list;  // chained through GrantEntry::reserved
    static constexpr std::uint32_t end_of_list = ~0u;
};

/// The table of this process.
GrantTable &grants();

/// A grant that ends with its owner.
class [[nodiscard]] Grant {
public:
    Grant() = default;
    explicit Grant(GrantId id) : id_(id) {}
    Grant(Grant &&other) noexcept : id_(std::exchange(other.id_, invalid_grant)) {}
    Grant &operator=(Grant &&other) noexcept {
        if (this != &other) {
            reset();
            id_ = std::exchange(other.id_, invalid_grant);
        }
        return *this;
    }
    ~Grant() { reset(); }

    static Result<Grant> direct(Endpoint grantee, const void *start, std::size_t bytes, Access access) {
        return Grant(TRY(grants().direct(grantee, start, bytes, access)));
    }
    static Result<Grant> magic(Endpoint grantee, Endpoint owner, VirtAddr start, std::uint64_t bytes, Access access) {
        return Grant(TRY(grants().magic(grantee, owner, start, bytes, access)));
    }
    static Result<Grant> indirect(Endpoint grantee, Endpoint granter, GrantId grant) {
        return Grant(TRY(grants().indirect(grantee, granter, grant)));
    }

    GrantId id() const { return id_; }
    explicit operator bool() const { return id_ != invalid_grant; }
    GrantId release() { return std::exchange(id_, invalid_grant); }
    void reset() {
        if (id_ != invalid_grant) grants().revoke(std::exchange(id_, invalid_grant));
    }

private:
    GrantId id_ = invalid_grant;
};

}  // namespace axo::sys
