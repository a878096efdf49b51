import HingeGraph
import Synchronization

/// The constants of a model in the layouts that steps want, made once and shared by all plans.
final class WeightStore: Sendable {
    /// A constant and the layout that it was put into.
    struct Key: Hashable, Sendable {
        let source: ObjectIdentifier
        let layout: AnyHashableSendable
    }

    /// A hashable value of some type.
    struct AnyHashableSendable: Hashable, @unchecked Sendable {
        let value: AnyHashable
    }

    private struct Entry {
        /// Kept so that the key's identity is not taken by another region.
        let source: MemoryRegion
        let region: MemoryRegion
    }

    private let entries = Mutex<[Key: Entry]>([:])

    /// The constant in a layout, made by `body` unless it is there.
    func region(
        of source: MemoryRegion, in layout: some Hashable & Sendable,
        _ body: () throws -> MemoryRegion
    ) rethrows -> MemoryRegion {
        let key = Key(
            source: ObjectIdentifier(source),
            layout: AnyHashableSendable(value: AnyHashable(layout)))
        if let entry = entries.withLock({ $0[key] }) { return entry.region }
        let region = try body()
        entries.withLock { $0[key] = Entry(source: source, region: region) }
        return region
    }

    /// The constant at an address that is aligned for its elements.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for a copy.
    func aligned(_ tensor: Tensor) throws -> Tensor {
        guard let source = tensor.region else { return tensor }
        func copied() throws -> MemoryRegion { try tensor.aligned().region ?? source }
        let region = try region(of: source, in: Alignment.natural, copied)
        guard region !== source else { return tensor }
        return try Tensor(dataType: tensor.dataType, shape: tensor.shape, region: region)
    }

    /// The constant in memory of our own, where it is large and in a file: a loop that reads all of it once goes through
    /// that a third faster, since its pages are larger.
    ///
    /// - Throws: ``HingeError`` with the code `limit` when there is no room for a copy.
    func owned(_ tensor: Tensor) throws -> Tensor {
        guard let source = tensor.region, source.isFile, source.byteCount >= WeightStore.large
        else { return try aligned(tensor) }
        let region = try region(of: source, in: Alignment.page) {
            let copy = try MemoryRegion(duplicating: source.bytes)
            source.releasePages()
            return copy
        }
        return try Tensor(dataType: tensor.dataType, shape: tensor.shape, region: region)
    }

    /// The least number of bytes that large pages are worth a copy for.
    private static let large = 1 << 22

    /// A layout that is only about the address.
    private enum Alignment { case natural, page }

    #if OneDNN
        private let magnitudes = Mutex<[ObjectIdentifier: (source: MemoryRegion, Float)]>([:])

        /// The magnitude of the largest of a constant's numbers.
        func magnitude(of region: MemoryRegion, _ type: DataType) -> Float {
            let key = ObjectIdentifier(region)
            if let known = magnitudes.withLock({ $0[key] }) { return known.1 }
            let magnitude = Magnitude.of(region.base, type, byteCount: region.byteCount)
            magnitudes.withLock { $0[key] = (region, magnitude) }
            return magnitude
        }
    #endif
}
