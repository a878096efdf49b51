#if OneDNN
    import HingeGraph

    /// Memory in which constants that a file has at odd addresses stand, one after the other, while they are copied into
    /// other layouts.
    ///
    /// It is the same memory for all: to get memory from the system takes longer than to copy into it.
    final class Staging {
        private var memory: MemoryRegion?

        /// The bytes of a region at an address that is aligned for elements of a type, until the next call.
        ///
        /// - Throws: ``HingeError`` with the code `limit` when there is no room for a copy.
        func aligned(_ region: MemoryRegion, _ type: DataType) throws -> MemoryRegion {
            let alignment = min(max(type.bitWidth / 8, 1), 8)
            guard Int(bitPattern: region.base) % alignment != 0 else { return region }
            var room: MemoryRegion
            if let memory, memory.byteCount >= region.byteCount {
                room = memory
            } else {
                memory = nil
                room = try MemoryRegion(allocating: region.byteCount)
                memory = room
            }
            room.base.copyMemory(from: region.base, byteCount: region.byteCount)
            return room
        }
    }
#endif
