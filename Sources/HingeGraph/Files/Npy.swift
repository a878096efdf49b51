/// NumPy's file format for one array, `.npy`.
///
/// ```
/// 93 "NUMPY"  major (1)  minor (1)  header size (version 1: 2 bytes, versions 2 and 3: 4 bytes)
/// header: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }  spaces, newline
/// the elements
/// ```
/// The start of the elements is a multiple of 64. NumPy has no bfloat16; its bits are written as `V2`, as
/// the package `ml_dtypes` does, and read back as bfloat16.
public enum Npy {
    /// The bytes that a file begins with.
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// Reads the array in a file.
    ///
    /// The tensor points into the mapped file if its elements are stored as a tensor has them.
    ///
    /// - Throws: ``HingeError`` when the file is malformed or holds something that no tensor can hold,
    ///   such as pickled Python objects.
    public static func read(_ file: MappedFile) throws -> Tensor {
        try read(file.region)
    }

    /// Reads the array in a region of memory.
    ///
    /// - Throws: ``HingeError`` as ``read(_:)-(MappedFile)``.
    package static func read(_ region: MemoryRegion) throws -> Tensor {
        let (header, start) = try header(of: region)
        let count = try Tensor.count(of: header.shape)
        let elements = MemoryRegion(region, start..<region.byteCount)
        let (byteCount, overflow) = count.multipliedReportingOverflow(
            by: header.element.byteCount)
        guard !overflow, elements.byteCount == byteCount else {
            throw HingeError(
                .badData,
                "expected \(overflow ? "more" : "\(byteCount)") bytes of elements for shape "
                    + "\(header.shape), found \(elements.byteCount)")
        }
        let ordered =
            header.isFortranOrder && header.shape.count > 1
            ? try rowMajor(elements, header.shape, header.element.byteCount) : elements
        switch header.element.kind {
        case .number(let type):
            return try Tensor(
                dataType: type, shape: header.shape,
                region: header.element.isBigEndian ? ByteOrder.swapped(ordered, type) : ordered)
        case .bytes:
            let strings = NpyStrings.bytes(ordered, count, header.element.byteCount)
            return try Tensor(strings: strings, shape: header.shape)
        case .unicode:
            let region =
                header.element.isBigEndian ? try ByteOrder.swapped(ordered, byteCount: 4) : ordered
            let strings = try NpyStrings.unicode(region, count, header.element.byteCount)
            return try Tensor(strings: strings, shape: header.shape)
        }
    }

    /// Writes a tensor as a file, atomically.
    ///
    /// The bytes are those that NumPy writes.
    ///
    /// - Throws: ``HingeError``, with the code `unsupported` for a type that NumPy doesn't have.
    public static func write(_ tensor: Tensor, toPath path: String) throws {
        let pieces = try pieces(of: tensor)
        try withExtendedLifetime(pieces) {
            try AtomicFile.write(pieces.map(\.bytes), to: path)
        }
    }

    /// Whether a region begins as a file of this format does.
    package static func isNpy(_ region: MemoryRegion) -> Bool {
        region.bytes.starts(with: magic)
    }

    /// The header and the elements of the file that holds a tensor.
    package static func pieces(of tensor: Tensor) throws -> [MemoryRegion] {
        let element: NpyElement
        let elements: MemoryRegion
        if let strings = tensor.strings {
            (element, elements) = try NpyStrings.encode(strings)
        } else {
            element = try NpyElement(tensor.dataType)
            elements = tensor.region ?? .empty
        }
        let header = NpyHeader(element: element, isFortranOrder: false, shape: tensor.shape)
        return [MemoryRegion(copying: header.encoded), elements]
    }

    private static func header(of region: MemoryRegion) throws -> (NpyHeader, start: Int) {
        let bytes = region.bytes
        guard isNpy(region) else {
            throw HingeError(.badData, "this is not an .npy file: it does not begin with 93 NUMPY")
        }
        guard bytes.count >= 8 else { throw truncated }
        let version = bytes[6]
        guard (1...3).contains(version) else {
            throw HingeError(
                .unsupported, "expected version 1, 2 or 3 of the .npy format, found \(version)")
        }
        let sizeByteCount = version == 1 ? 2 : 4
        guard bytes.count >= 8 + sizeByteCount else { throw truncated }
        let size = bytes[8..<8 + sizeByteCount].reversed().reduce(0) { $0 << 8 | Int($1) }
        let start = 8 + sizeByteCount
        guard size <= bytes.count - start else { throw truncated }
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<start + size])
        do {
            return (try NpyHeader(parsing: text), start + size)
        } catch let error as HingeError {
            throw error.adding(.field("header"))
        }
    }

    private static var truncated: HingeError {
        HingeError(.badData, "the .npy file ends within its header")
    }

    /// A copy of the elements, given with the first index varying fastest, in row-major order.
    private static func rowMajor(
        _ region: MemoryRegion, _ shape: [Int], _ byteCount: Int
    ) throws -> MemoryRegion {
        let copy = try MemoryRegion(allocating: region.byteCount)
        guard region.byteCount > 0 else { return copy }
        var strides: [Int] = []
        var stride = byteCount
        for extent in shape {
            strides.append(stride)
            stride *= extent
        }
        var index = [Int](repeating: 0, count: shape.count)
        var source = 0
        for target in Swift.stride(from: 0, to: region.byteCount, by: byteCount) {
            (copy.base + target).copyMemory(from: region.base + source, byteCount: byteCount)
            var axis = shape.count - 1
            while axis >= 0 {
                index[axis] += 1
                source += strides[axis]
                if index[axis] < shape[axis] { break }
                source -= strides[axis] * shape[axis]
                index[axis] = 0
                axis -= 1
            }
        }
        return copy
    }
}
