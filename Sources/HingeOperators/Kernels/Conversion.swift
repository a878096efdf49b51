import HingeGraph

extension Tensor {
    /// The same numbers as another element type.
    ///
    /// - Throws: ``HingeError`` when the types don't convert, or a string isn't a number.
    package func converted(
        to type: DataType, _ rules: ConversionRules = ConversionRules()
    ) throws -> Tensor {
        if type == dataType { return self }
        var context = EvaluationContext(inputs: [.tensor(self)])
        try context.convert(to: type, rules)
        guard let result = context.outputs[0]?.tensor else {
            throw HingeError(.internalError, "a conversion gave nothing")
        }
        return result
    }

    /// The numbers of a range of elements: whole or real ones, as the type has them.
    fileprivate func numbers(
        _ range: Range<Int>, _ buffer: ConversionBuffer, from strings: ElementParser?
    ) throws {
        if let strings { return try strings.parse(range, buffer) }
        if dataType.isPacked || dataType.bitWidth == 8 && dataType.isFloatingPoint {
            return withUnsafeBytes { bytes in
                for (place, index) in range.enumerated() {
                    let value = NarrowElement.decode(bytes, at: index, as: dataType)
                    if buffer.isReal {
                        buffer.reals[place] = value
                    } else {
                        buffer.wholes[place] = Int64(value)
                    }
                }
            }
        }
        var reader = Reader(tensor: self, range: range, buffer: buffer)
        _ = try dataType.visit(&reader)
    }
}

extension EvaluationContext {
    /// Converts input 0 to another element type and writes output 0.
    ///
    /// - Throws: ``HingeError`` when the types don't convert, or a string isn't a number.
    mutating func convert(to type: DataType, _ rules: ConversionRules) throws {
        try PreparationContext(self).convert(to: type, rules)(&self)
    }
}

extension PreparationContext {
    /// Converts input 0 to another element type and writes output 0.
    ///
    /// Each number is rounded once.
    ///
    /// - Throws: ``HingeError`` when the types don't convert; the kernel throws it when a string isn't a number.
    func convert(to type: DataType, _ rules: ConversionRules) throws -> Kernel {
        let x = try input(0)
        if type == .string {
            return { context in
                let x = try context.input(0)
                context.set(0, try Tensor(strings: x.strings ?? x.formatted(), shape: x.shape))
            }
        }
        let complex: Set<DataType> = [.complex64, .complex128]
        guard !complex.contains(type), !complex.contains(x.dataType) else {
            throw HingeError(.mismatch, "cannot cast \(x.dataType) to \(type)")
        }
        return try map(to: type) { source in
            if source == type { return { $1.copy(to: $0) } }
            return source.directConversion(to: type) ?? { try $0.convert($1, rules) }
        }
    }
}

extension Tensor {
    /// Writes the elements as they are to an output of the same type.
    fileprivate func copy(to y: OutputTensor) {
        withUnsafeBytes { source in
            parallelFor(source.count, cost: 1) { range in
                UnsafeMutableRawBufferPointer(rebasing: y.bytes[range])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[range]))
            }
        }
    }
}

extension OutputTensor {
    /// Writes the elements of a tensor of another type, or of strings.
    ///
    /// Whole numbers pass through 64 bits, real ones through `Double`.
    fileprivate func convert(_ x: Tensor, _ rules: ConversionRules) throws {
        let strings = x.strings.map { ElementParser(strings: $0, type: dataType) }
        let isReal = strings.map { _ in !dataType.isInteger } ?? x.dataType.isFloatingPoint
        let capacity = ConversionBuffer.capacity
        let cost = strings == nil ? 8 : 256
        try parallelFor((x.count + capacity - 1) / capacity, cost: cost * capacity) { blocks in
            try ConversionBuffer.with(isReal: isReal, isUnsigned: x.dataType == .uint64) { buffer in
                for block in blocks {
                    let range = block * capacity..<min((block + 1) * capacity, x.count)
                    try x.numbers(range, buffer, from: strings)
                    try write(range, buffer, rules)
                }
            }
        }
    }
}

extension OutputTensor {
    fileprivate func write(
        _ range: Range<Int>, _ buffer: ConversionBuffer, _ rules: ConversionRules
    ) throws {
        if dataType == .bool {
            let results = elements(of: UInt8.self)
            for (place, index) in range.enumerated() {
                let isFalse = buffer.isReal ? buffer.reals[place] == 0 : buffer.wholes[place] == 0
                results[index] = isFalse ? 0 : 1
            }
        } else if dataType.isPacked || dataType.bitWidth == 8 && dataType.isFloatingPoint {
            writeNarrow(range, buffer, rules)
        } else {
            var writer = Writer(output: self, range: range, buffer: buffer)
            _ = try dataType.visit(&writer)
        }
    }

    /// A range begins at a whole byte, as the capacity of the buffer is a multiple of 8.
    private func writeNarrow(
        _ range: Range<Int>, _ buffer: ConversionBuffer, _ rules: ConversionRules
    ) {
        let width = dataType.bitWidth
        let bytes = bytes
        for (place, index) in range.enumerated() {
            let bits: UInt8
            if dataType.isInteger {
                let whole =
                    buffer.isReal ? Int64(saturating: buffer.reals[place]) : buffer.wholes[place]
                bits = UInt8(truncatingIfNeeded: whole)
            } else {
                bits = NarrowElement.encode(buffer.double(place), as: dataType, rules)
            }
            PackedBits.store(bits, in: bytes, at: index, width: width)
        }
    }
}

/// Some numbers on their way from one element type to another.
struct ConversionBuffer {
    /// The number of elements that are converted at once.
    static let capacity = 512

    /// Whether the numbers are real; otherwise they are whole.
    let isReal: Bool
    /// Whether whole numbers are to be taken as unsigned.
    let isUnsigned: Bool
    let reals: UnsafeMutablePointer<Double>
    let wholes: UnsafeMutablePointer<Int64>

    /// The number at a place, as a real one.
    func double(_ place: Int) -> Double {
        if isReal { return reals[place] }
        return isUnsigned ? Double(UInt64(bitPattern: wholes[place])) : Double(wholes[place])
    }

    fileprivate static func with(
        isReal: Bool, isUnsigned: Bool, _ body: (ConversionBuffer) throws -> Void
    ) rethrows {
        try withTemporaryMemory(byteCount: 8 * capacity) { base in
            try body(
                ConversionBuffer(
                    isReal: isReal, isUnsigned: isUnsigned,
                    reals: base.assumingMemoryBound(to: Double.self),
                    wholes: base.assumingMemoryBound(to: Int64.self)))
        }
    }
}

private struct Reader: NumberVisitor {
    let tensor: Tensor
    let range: Range<Int>
    let buffer: ConversionBuffer

    func visit<T: NumberElement>(_ type: T.Type) throws {
        try tensor.withUnsafeElements(of: T.self) { elements in
            guard let x = elements.baseAddress.map({ $0 + range.lowerBound }) else { return }
            if buffer.isReal {
                for index in 0..<range.count { buffer.reals[index] = x[index].computed.double }
            } else if tensor.dataType == .bool {
                for index in 0..<range.count {
                    buffer.wholes[index] = x[index].computed.integer == 0 ? 0 : 1
                }
            } else {
                for index in 0..<range.count { buffer.wholes[index] = x[index].computed.integer }
            }
        }
    }
}

private struct Writer: NumberVisitor {
    let output: OutputTensor
    let range: Range<Int>
    let buffer: ConversionBuffer

    func visit<T: NumberElement>(_ type: T.Type) {
        guard let y = output.elements(of: T.self).baseAddress.map({ $0 + range.lowerBound }) else {
            return
        }
        if buffer.isReal {
            for index in 0..<range.count { y[index] = T(rounding: buffer.reals[index]) }
        } else if buffer.isUnsigned && output.dataType.isFloatingPoint {
            for index in 0..<range.count { y[index] = T(rounding: buffer.double(index)) }
        } else {
            for index in 0..<range.count {
                y[index] = T(computed: T.Computed(wrapping: buffer.wholes[index]))
            }
        }
    }
}
