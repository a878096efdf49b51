import HingeGraph

/// A way to bring elements from inputs to an output without looking at them, given once for every
/// element type.
protocol Movement: Sendable {
    /// Writes every element of the result.
    ///
    /// - Precondition: the memory is as large as whoever made the movement was told.
    func callAsFunction<Element>(
        _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>)
}

/// Where the elements of each source of a movement are.
typealias MovementSources<Element> = UnsafeMutableBufferPointer<UnsafePointer<Element>>

/// The tensors that elements are moved from: no array, which would be memory taken in each run.
enum MovedTensors {
    case one(Tensor)
    case two(Tensor, Tensor)
    /// Tensors that are all inputs of a step.
    case inputs([Value?])

    fileprivate var count: Int {
        switch self {
        case .one: 1
        case .two: 2
        case .inputs(let values): values.count
        }
    }

    /// - Throws: ``HingeError`` when an input isn't there, or isn't a tensor.
    fileprivate func tensor(_ index: Int) throws -> Tensor {
        switch self {
        case .one(let tensor): return tensor
        case .two(let first, let second): return index == 0 ? first : second
        case .inputs(let values):
            guard let tensor = values[index]?.tensor else {
                throw HingeError(.mismatch, "expected a tensor as input \(index), found none")
            }
            return tensor
        }
    }
}

/// An element of 16 bytes.
struct Wide: BitwiseCopyable {
    var low: UInt64
    var high: UInt64
}

extension EvaluationContext {
    /// Writes an output by moving elements of tensors of one type: numbers by their size in bytes, packed types
    /// unpacked, strings as they are.
    ///
    /// - Throws: ``HingeError`` when the types differ, or the output is too large.
    @inline(__always)
    mutating func move(
        _ tensors: MovedTensors, to index: Int = 0, _ shape: [Int], by movement: some Movement
    ) throws {
        let first = try tensors.tensor(0)
        let type = first.dataType
        for index in 1..<max(tensors.count, 1) {
            try Tensor.requireSameType(first, tensors.tensor(index))
        }
        guard type != .string else {
            return set(index, try Movements.moveStrings(tensors, shape, movement))
        }
        let y = try output(index, type, shape)
        switch type.bitWidth {
        case 8: try Movements.move(tensors, y, UInt8.self, movement)
        case 16: try Movements.move(tensors, y, UInt16.self, movement)
        case 32: try Movements.move(tensors, y, UInt32.self, movement)
        case 64: try Movements.move(tensors, y, UInt64.self, movement)
        case 128: try Movements.move(tensors, y, Wide.self, movement)
        default: try Movements.movePacked(tensors, y, movement)
        }
    }

    /// Writes output 0 by moving elements of a tensor.
    @inline(__always)
    mutating func move(_ tensor: Tensor, _ shape: [Int], by movement: some Movement) throws {
        try move(.one(tensor), shape, by: movement)
    }

    /// Writes output 0 by moving elements of two tensors of one type.
    @inline(__always)
    mutating func move(
        _ first: Tensor, _ second: Tensor, _ shape: [Int], by movement: some Movement
    ) throws {
        try move(.two(first, second), shape, by: movement)
    }

    /// Moves the elements of a tensor that may be at any address: byte by byte where that isn't aligned for them.
    mutating func move(_ tensor: Tensor, _ shape: [Int], anywhere gather: AxisGather) throws {
        let bitWidth = tensor.dataType.bitWidth
        guard let region = tensor.region, bitWidth > 8, bitWidth % 8 == 0,
            Int(bitPattern: region.base) % min(bitWidth / 8, 8) != 0
        else { return try move(tensor, shape, by: gather) }
        let y = try output(0, tensor.dataType, shape)
        guard y.count > 0, let base = y.bytes.baseAddress else { return }
        withExtendedLifetime(region) {
            withTemporaryMemory(of: UnsafePointer<UInt8>.self, capacity: 1) { source in
                source[0] = UnsafePointer(region.base.assumingMemoryBound(to: UInt8.self))
                gather.split(bitWidth / 8)(source, base.assumingMemoryBound(to: UInt8.self))
            }
        }
    }
}

private enum Movements {
    @inline(__always)
    static func move<Element: BitwiseCopyable>(
        _ tensors: MovedTensors, _ output: OutputTensor, _ type: Element.Type,
        _ movement: some Movement
    ) throws {
        guard output.count > 0, let base = output.bytes.baseAddress else { return }
        try withTemporaryMemory(
            of: UnsafePointer<Element>.self, capacity: tensors.count
        ) { sources in
            // Copies that nobody else keeps.
            var copies: [Tensor] = []
            for index in 0..<tensors.count {
                let tensor = try tensors.tensor(index)
                let aligned = try tensor.aligned()
                guard let region = aligned.region else { continue }
                if region !== tensor.region { copies.append(aligned) }
                sources[index] = UnsafePointer(region.base.assumingMemoryBound(to: Element.self))
            }
            withExtendedLifetime((tensors, copies)) {
                movement(sources, base.assumingMemoryBound(to: Element.self))
            }
        }
    }

    static func moveStrings(
        _ tensors: MovedTensors, _ shape: [Int], _ movement: some Movement
    ) throws -> Tensor {
        // One list of all, with one more so that there is always an address.
        var strings: [ByteString] = []
        var starts: [Int] = []
        for index in 0..<tensors.count {
            starts.append(strings.count)
            strings += try tensors.tensor(index).strings ?? []
        }
        strings.append("")
        try MemoryLimit.check(.string, shape)
        let count = try Tensor.count(of: shape)
        var results = try [ByteString](bounded: "", count: count)
        if count > 0 {
            strings.withUnsafeBufferPointer { source in
                results.withUnsafeMutableBufferPointer { result in
                    guard let first = source.baseAddress, let base = result.baseAddress else {
                        return
                    }
                    starts.move(movement, from: first, to: base)
                }
            }
        }
        return try Tensor(strings: results, shape: shape)
    }

    static func movePacked(
        _ tensors: MovedTensors, _ output: OutputTensor, _ movement: some Movement
    ) throws {
        guard output.count > 0 else { return }
        var elements: [UInt8] = []
        var starts: [Int] = []
        for index in 0..<tensors.count {
            starts.append(elements.count)
            elements += try tensors.tensor(index).unpacked
        }
        elements.append(0)
        var results = try [UInt8](bounded: 0, count: output.count)
        elements.withUnsafeBufferPointer { source in
            results.withUnsafeMutableBufferPointer { result in
                guard let first = source.baseAddress, let base = result.baseAddress else { return }
                starts.move(movement, from: first, to: base)
            }
        }
        output.pack(results)
    }
}

extension [Int] {
    /// Runs a movement of sources that begin at these places of one list.
    fileprivate func move<Moved>(
        _ movement: some Movement, from first: UnsafePointer<Moved>,
        to result: UnsafeMutablePointer<Moved>
    ) {
        withTemporaryMemory(of: UnsafePointer<Moved>.self, capacity: count) { sources in
            for index in indices { sources[index] = first + self[index] }
            movement(sources, result)
        }
    }
}

extension Tensor {
    /// The elements of a packed tensor, one in the low bits of each byte.
    var unpacked: [UInt8] {
        let width = dataType.bitWidth
        return withUnsafeBytes { bytes in
            (0..<count).map { PackedBits.element(of: bytes, at: $0, width: width) }
        }
    }
}

extension OutputTensor {
    /// Writes the elements of a packed tensor, given one in the low bits of each byte.
    func pack(_ elements: [UInt8]) {
        let width = dataType.bitWidth
        let bytes = bytes
        for (index, element) in elements.enumerated() {
            PackedBits.store(element, in: bytes, at: index, width: width)
        }
    }
}

extension Movement {
    /// The kernel that writes output 0 from input 0.
    @inline(__always)
    func kernel(_ shape: [Int]) -> Kernel {
        { context in try context.move(context.input(0), shape, by: self) }
    }
}

/// The movement that runs one copy from the first source.
struct SingleCopy: Movement {
    let copy: StridedCopy

    @inline(__always)
    func callAsFunction<Element>(
        _ sources: MovementSources<Element>, _ result: UnsafeMutablePointer<Element>
    ) {
        copy(from: sources[0], to: result)
    }
}
