// Rename: all its rules are checked first, then both directories change in one transaction.
#include "servers/ext2/file_system.hpp"
#include "servers/ext2/times.hpp"

namespace axo::ext2 {

/// `directory` must not lie in the subtree of `source`: up by ".." to the root.
Status FileSystem::check_not_inside(const Inode &source, Inode &directory) {
    constexpr unsigned deepest = 100'000;  // a damaged tree may be a ring
    Inode *at = &directory;
    for (unsigned depth = 0; depth < deepest; ++depth) {
        if (at == &source) return Error::invalid;
        if (at->number == root_inode) return {};
        const std::uint32_t parent = TRY(directory::parent_of(volume_, *at));
        at = TRY(volume_.inode(parent));
        if (!at->is_directory()) return Error::io;
    }
    return Error::io;
}

Status FileSystem::check_rename(const Renaming &renaming, const fs::Rename &request, Progress &progress) {
    const auto &[old_directory, new_directory, source, target] = renaming;
    const auto sticky = [&](const Inode &directory, const Inode &file) {
        return fs::sticky_forbids(request.sticky_uid, directory.mode(), directory.uid(), file.uid());
    };
    if (sticky(*old_directory, *source)) return Error::not_permitted;
    if (source->mount_point || source->number == root_inode) return Error::busy;
    if (source->is_directory()) {
        if (old_directory != new_directory) TRY(check_not_inside(*source, *new_directory));
        if (target != nullptr && !target->is_directory()) return Error::not_directory;
        if (target == nullptr && old_directory != new_directory && new_directory->disk.links >= link_max)
            return Error::too_many_links;
    }
    if (target == nullptr) return {};
    if (request.no_replace != 0) return Error::exists;
    if (sticky(*new_directory, *target)) return Error::not_permitted;
    if (!target->is_directory()) return target->mount_point ? Status{Error::busy} : Status{};
    if (!source->is_directory()) return Error::is_directory;
    if (target->mount_point) return Error::busy;
    if (!TRY(directory::is_empty(volume_, *target, progress.empty_search))) return Error::not_empty;
    return {};
}

/// The new name leads to the source now; what it led to before loses it.
Status FileSystem::replace_target(const Renaming &renaming, Progress &progress) {
    const auto &[old_directory, new_directory, source, target] = renaming;
    TRY(directory::redirect(volume_, transaction(), *new_directory, progress.second_search, *source));
    const bool directory = target->is_directory();
    TRY(drop_link(*target, directory ? target->disk.links : 1, progress));
    if (directory) --new_directory->disk.links;
    if (progress.links_left != 0) return {};
    if (target->holds == 0) progress.doomed = target->number;
    return {};
}

Result<fs::Rename::Reply> FileSystem::attempt(const Memory &memory, const fs::Rename &request, Progress &progress) {
    if (progress.started) {  // the names are done; what is left is the inode that lost its last one
        TRY(delete_doomed(progress.doomed));
        return fs::Rename::Reply{progress.doomed};
    }
    progress.doomed = 0;  // of an attempt that was undone; the target may be another one now
    const std::string_view old_name = TRY(name_from(memory, request.old_name, request.old_name_bytes));
    const std::string_view new_name = TRY(name_from(memory, request.new_name, request.new_name_bytes, 512));
    if (old_name == "." || old_name == ".." || new_name == "." || new_name == "..") return Error::busy;
    Renaming renaming{};
    renaming.old_directory = TRY(live_directory(request.old_directory));
    renaming.new_directory = TRY(live_directory(request.new_directory));
    auto &[old_directory, new_directory, source, target] = renaming;
    const unsigned room = entry_bytes(static_cast<unsigned>(new_name.size()));
    TRY(directory::find(volume_, *old_directory, old_name, 0, progress.search));
    if (progress.search.inode == 0) return Error::no_entry;
    TRY(directory::find(volume_, *new_directory, new_name, room, progress.second_search));
    source = TRY(volume_.inode(progress.search.inode));
    if (source->disk.links == 0) return Error::io;
    if (progress.second_search.inode == source->number) {
        if (request.no_replace != 0) return Error::exists;
        return fs::Rename::Reply{0};
    }
    if (progress.second_search.inode != 0) {
        target = TRY(volume_.inode(progress.second_search.inode));
        // A target above the source can not be empty; a damaged tree may say otherwise.
        if (target->disk.links == 0 || target == old_directory || target == new_directory)
            return target->disk.links == 0 ? Error::io : Error::not_empty;
    }
    TRY(check_rename(renaming, request, progress));

    TRY(touch(*old_directory, modify_time | change_time));
    TRY(touch(*new_directory, modify_time | change_time));
    TRY(touch(*source, change_time));
    if (target != nullptr)
        TRY(replace_target(renaming, progress));
    else
        TRY(directory::insert(volume_, transaction(), *new_directory, new_name, *source, progress.second_search));
    TRY(directory::remove(volume_, transaction(), *old_directory, progress.search));
    if (source->is_directory() && old_directory != new_directory) {
        TRY(directory::set_parent(volume_, transaction(), *source, *new_directory));
        --old_directory->disk.links;
        ++new_directory->disk.links;
    }
    const std::uint64_t replaced = target != nullptr ? target->number : 0;
    if (target != nullptr && target->disk.links == 0) volume_.count_orphan(1);
    if (progress.doomed != 0) {
        progress.started = true;
        return step_done;
    }
    return fs::Rename::Reply{replaced};
}

Result<fs::Rename::Reply> FileSystem::give_up(const fs::Rename &, const Progress &progress, Error error) {
    if (!progress.started) return error;
    return fs::Rename::Reply{progress.doomed};
}

}  // namespace axo::ext2
