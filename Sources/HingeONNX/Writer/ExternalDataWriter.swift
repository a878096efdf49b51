import HingeGraph

/// Lays out the second file of a model, which holds the elements of its large tensors one after the other.
final class ExternalDataWriter {
    /// The least size of a tensor that goes into the file.
    static let minimumByteCount = 1024
    /// Where tensors of a page or more begin, so that readers can map them.
    private static let pageByteCount = 4096
    /// Where smaller tensors begin.
    private static let alignment = 64

    /// The name of the file, in the model's folder.
    let location: String
    private var regions: [MemoryRegion] = []
    private var offsets: [Int] = []
    private var byteCount = 0

    /// Whether no tensor was large enough for the file.
    var isEmpty: Bool { regions.isEmpty }

    init(location: String) {
        self.location = location
    }

    /// Finds a place for a tensor's elements; `nil` when they stay in the message.
    ///
    /// - Returns: The entries of `external_data` that name the place.
    func place(_ tensor: Tensor) -> Metadata? {
        guard let region = tensor.region, region.byteCount >= Self.minimumByteCount else {
            return nil
        }
        let alignment =
            region.byteCount >= Self.pageByteCount ? Self.pageByteCount : Self.alignment
        let offset = (byteCount + alignment - 1) / alignment * alignment
        regions.append(region)
        offsets.append(offset)
        byteCount = offset + region.byteCount
        return [
            "location": location, "offset": "\(offset)", "length": "\(region.byteCount)",
        ]
    }

    /// Runs `body` with the parts of the file, in order.
    func withPieces(_ body: ([UnsafeRawBufferPointer]) throws -> Void) rethrows {
        let zeros = [UInt8](repeating: 0, count: Self.pageByteCount)
        try zeros.withUnsafeBytes { zeros in
            var pieces: [UnsafeRawBufferPointer] = []
            var position = 0
            for (region, offset) in zip(regions, offsets) {
                pieces.append(UnsafeRawBufferPointer(rebasing: zeros[..<(offset - position)]))
                pieces.append(region.bytes)
                position = offset + region.byteCount
            }
            try withExtendedLifetime(regions) { try body(pieces) }
        }
    }
}
