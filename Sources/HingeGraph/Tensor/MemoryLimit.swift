import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The bounds on the memory that values take.
///
/// A model of a few bytes may ask for petabytes. What it asks for is held against these bounds before memory
/// is taken, and whatever goes beyond them is a ``HingeError`` with the code `limit`.
public enum MemoryLimit {
    /// The most bytes that one value may take.
    ///
    /// ``total``, unless a caller sets less for what it runs:
    /// `try MemoryLimit.$perValue.withValue(1 << 30) { try session.run(inputs) }`.
    @TaskLocal public static var perValue: Int = total

    /// The most bytes that the values of the process may take together: the machine's memory, but no more
    /// than 64 GiB.
    public static let total: Int = {
        let (bytes, overflow) = Int(sysconf(Int32(_SC_PHYS_PAGES)))
            .multipliedReportingOverflow(by: Int(sysconf(Int32(_SC_PAGESIZE))))
        return overflow || bytes <= 0 ? 1 << 36 : min(bytes, 1 << 36)
    }()

    /// The bytes that all allocated regions take now.
    private static let used = Atomic<Int>(0)

    /// The most elements that a tensor without elements may have along its other dimensions.
    private static let emptyLimit = 1 << 26

    /// Checks that a tensor isn't larger than a value may be.
    ///
    /// A dimension of 0 counts as 1: what an operator makes ready, or walks over, for each index of another
    /// dimension is bounded too, though the tensor has no elements.
    ///
    /// - Throws: ``HingeError`` when a dimension is negative, or with the code `limit`.
    package static func check(_ dataType: DataType, _ shape: [Int]) throws {
        let isEmpty = try Tensor.count(of: shape) == 0
        let count = shape.reduce(1) { $0 * max($1, 1) }
        let stored = dataType == .string ? MemoryLayout<ByteString>.stride * 8 : dataType.bitWidth
        let limit = isEmpty ? emptyLimit : perValue
        let (bits, overflow) = count.multipliedReportingOverflow(by: isEmpty ? 8 : stored)
        guard !overflow, bits / 8 <= limit else {
            throw HingeError(.limit, "an output of \(dataType)\(shape) is too large")
        }
    }

    /// Checks that there is room for an array.
    ///
    /// An array that finds no memory ends the process, so whatever a file decides the size of is asked for here first.
    ///
    /// - Throws: ``HingeError`` when the count is negative, or with the code `limit`.
    package static func checkArray<Element>(of type: Element.Type, count: Int) throws {
        let (byteCount, overflow) = count.multipliedReportingOverflow(
            by: MemoryLayout<Element>.stride)
        guard count >= 0 else {
            throw HingeError(.badData, "expected a number of elements, found \(count)")
        }
        guard !overflow, byteCount <= perValue,
            byteCount <= total - used.load(ordering: .relaxed)
        else {
            throw HingeError(.limit, "\(count) elements are more than fit in memory")
        }
        guard byteCount > arrayFloor else { return }
        guard let room = malloc(byteCount) else {
            throw HingeError(.limit, "there is no memory for \(byteCount) bytes")
        }
        free(room)
    }

    /// The size up to which an array is taken to find memory.
    private static let arrayFloor = 1 << 22

    /// Notes that a region takes memory.
    ///
    /// - Throws: ``HingeError`` when all together take too much.
    static func take(_ byteCount: Int) throws {
        let (_, now) = used.add(byteCount, ordering: .relaxed)
        guard now <= total else {
            give(byteCount)
            throw HingeError(
                .limit,
                "\(byteCount) more bytes are more than the \(total) that all values may take")
        }
    }

    /// Notes that a region took memory, whatever the bound.
    static func note(_ byteCount: Int) { used.add(byteCount, ordering: .relaxed) }

    /// Notes that a region gave its memory back.
    static func give(_ byteCount: Int) { used.subtract(byteCount, ordering: .relaxed) }
}

extension Array {
    /// Creates an array whose size a file decides, if there is room.
    ///
    /// - Throws: ``HingeError`` when the count is negative, or with the code `limit`.
    package init(bounded element: Element, count: Int) throws {
        try MemoryLimit.checkArray(of: Element.self, count: count)
        self.init(repeating: element, count: count)
    }
}
