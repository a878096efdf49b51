internal import CVectorMath
import HingeGraph
import Synchronization

/// One scale and one zero point of 8-bit integers, as the vector code takes them.
struct UniformQuantization {
    let parameters: hinge_quantization

    /// `nil` for a type that isn't of 8-bit integers, and a zero point that isn't one of them.
    init?(scale: Float, zeroPoint: Int, _ type: DataType) {
        switch type {
        case .uint8 where (0...255).contains(zeroPoint):
            parameters = hinge_quantization(scale: scale, zero: Int32(zeroPoint), flip: 0)
        case .int8 where (-128...127).contains(zeroPoint):
            parameters = hinge_quantization(scale: scale, zero: Int32(zeroPoint), flip: 0x80)
        default: return nil
        }
    }

    /// The scale and the zero point that an evaluation is given as inputs 1 and 2.
    init?(_ context: EvaluationContext, _ type: DataType) throws {
        let scale = try context.input(1).array(of: Float.self)
        let zeroPoint = try context.optionalInput(2)?.integers() ?? [0]
        guard scale.count == 1, zeroPoint.count == 1 else { return nil }
        self.init(scale: scale[0], zeroPoint: zeroPoint[0], type)
    }

    /// Quantizes numbers, on all threads.
    func quantize(_ x: UnsafeBufferPointer<Float>, to y: UnsafeMutableRawBufferPointer) {
        guard let x = x.baseAddress, let bytes = y.baseAddress else { return }
        nonisolated(unsafe) let source = x
        nonisolated(unsafe) let target = bytes.assumingMemoryBound(to: UInt8.self)
        parallelFor(y.count, cost: 4) { range in
            hinge_quantize(
                source + range.lowerBound, target + range.lowerBound, range.count, parameters)
        }
    }

    /// Gives the numbers that integers stand for, on all threads.
    func dequantize(_ x: UnsafeRawBufferPointer, to y: UnsafeMutableBufferPointer<Float>) {
        guard let x = x.baseAddress, let numbers = y.baseAddress else { return }
        nonisolated(unsafe) let source = x.assumingMemoryBound(to: UInt8.self)
        nonisolated(unsafe) let target = numbers
        parallelFor(y.count, cost: 2) { range in
            hinge_dequantize(
                source + range.lowerBound, target + range.lowerBound, range.count, parameters)
        }
    }
}

extension PreparationContext {
    /// Whether scale and zero point, inputs 1 and 2, are one for all elements, of single precision and of 8 bits.
    fileprivate func isUniform(_ type: DataType) throws -> Bool {
        let (scale, zeroPoint) = (try input(1), try optionalInput(2))
        guard type == .uint8 || type == .int8, scale.dataType == .float32,
            scale.shape.allSatisfy({ $0 == 1 })
        else { return false }
        return zeroPoint.map { $0.dataType == type && $0.shape.allSatisfy { $0 == 1 } } ?? true
    }
}

extension QuantizeLinear {
    /// In vector code where one scale of single precision is that of all elements, and they become 8-bit integers.
    public func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        let type = try context.optionalInput(2)?.dataType ?? outputType ?? .uint8
        guard x.dataType == .float32, precision == nil || precision == .float32,
            try context.isUniform(type)
        else { return nil }
        return { context in
            guard let quantization = try UniformQuantization(context, type) else {
                return try evaluate(&context)
            }
            let x = try context.input(0)
            let y = try context.output(0, type, x.shape)
            try x.withUnsafeElements(of: Float.self) { quantization.quantize($0, to: y.bytes) }
        }
    }
}

extension DequantizeLinear {
    /// In vector code where scales of single precision are those of 8-bit integers, one for all or for each position along
    /// the axis.
    public func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        guard outputType == nil || outputType == .float32 else { return nil }
        guard try context.isUniform(x.dataType) else { return try prepareRows(context) }
        return { context in
            let x = try context.input(0)
            guard let quantization = try UniformQuantization(context, x.dataType) else {
                return try evaluate(&context)
            }
            let y = try context.output(0, .float32, x.shape)
            x.withUnsafeBytes { quantization.dequantize($0, to: y.elements(of: Float.self)) }
        }
    }
}

extension DynamicQuantizeLinear {
    /// In vector code, but for numbers among which there is a NaN.
    public func prepare(_ context: PreparationContext) throws -> Kernel? {
        guard try context.input(0).dataType == .float32 else { return nil }
        return { context in
            let x = try context.input(0)
            let range = try x.withUnsafeElements(of: Float.self) { Self.range($0) }
            guard let range else { return try evaluate(&context) }
            let difference = range.upperBound - range.lowerBound
            let scale = (difference == 0 ? 1 : difference) / 255
            let zeroPoint = min(max(-range.lowerBound / scale, 0), 255).rounded(.toNearestOrEven)
            let zero = UInt8(saturating: zeroPoint)
            guard zeroPoint == zeroPoint,
                let quantization = UniformQuantization(
                    scale: scale, zeroPoint: Int(zero), .uint8)
            else { return try evaluate(&context) }
            let y = try context.output(0, .uint8, x.shape)
            try x.withUnsafeElements(of: Float.self) { quantization.quantize($0, to: y.bytes) }
            context.set(1, Tensor(scalar: scale))
            context.set(2, Tensor(scalar: zero))
        }
    }

    /// The least and the largest of numbers and 0; `nil` where there is a NaN.
    private static func range(_ x: UnsafeBufferPointer<Float>) -> ClosedRange<Float>? {
        guard let start = x.baseAddress else { return 0...0 }
        nonisolated(unsafe) let source = start
        let found = Mutex<ClosedRange<Float>?>(0...0)
        parallelFor(x.count, cost: 1) { part in
            var (least, largest): (Float, Float) = (0, 0)
            let isOrdered = hinge_range(
                source + part.lowerBound, part.count, &least, &largest)
            found.withLock { all in
                guard let known = all else { return }
                all =
                    isOrdered
                    ? min(known.lowerBound, least)...max(known.upperBound, largest) : nil
            }
        }
        return found.withLock { $0 }
    }
}

extension DequantizeLinear {
    /// One scale, and perhaps a zero point, for each position along the axis.
    private func prepareRows(_ context: PreparationContext) throws -> Kernel? {
        let (x, scale) = (try context.input(0), try context.input(1))
        let zeroPoint = try context.optionalInput(2)
        guard blockSize == 0, x.dataType == .uint8 || x.dataType == .int8,
            scale.dataType == .float32, scale.shape.count == 1, x.rank > 0,
            zeroPoint.map({ $0.dataType == x.dataType && $0.shape == scale.shape }) ?? true
        else { return nil }
        let axis = x.rank == 1 ? 0 : try InferenceContext.axis(axis, rank: x.rank)
        guard scale.shape == [x.shape[axis]] else { return nil }
        let inner = x.shape[(axis + 1)...].reduce(1, *)
        let isSigned = x.dataType == .int8
        return { context in
            let x = try context.input(0)
            let scales = try context.input(1).array(of: Float.self)
            let zeros =
                try context.optionalInput(2)?.integers()
                ?? [Int](repeating: 0, count: scales.count)
            let y = try context.output(0, .float32, x.shape)
            let rows = Rows(
                scales: scales, zeros: zeros.map { Int32($0) }, inner: inner, isSigned: isSigned)
            x.withUnsafeBytes { rows.apply(to: $0, y.elements(of: Float.self)) }
        }
    }

    /// Scales and zero points of rows of `inner` elements, which follow each other over and over.
    private struct Rows: Sendable {
        let scales: [Float]
        let zeros: [Int32]
        let inner: Int
        let isSigned: Bool

        func apply(to x: UnsafeRawBufferPointer, _ y: UnsafeMutableBufferPointer<Float>) {
            let (total, count) = (y.count, scales.count)
            guard total > 0, inner > 0, count > 0, let x = x.baseAddress, let y = y.baseAddress
            else { return }
            nonisolated(unsafe) let source = x.assumingMemoryBound(to: UInt8.self)
            nonisolated(unsafe) let target = y
            let flip: UInt8 = isSigned ? 0x80 : 0
            parallelFor(total / inner, cost: 2 * inner) { rows in
                for row in rows {
                    let parameters = hinge_quantization(
                        scale: scales[row % count], zero: zeros[row % count], flip: flip)
                    hinge_dequantize(
                        source + row * inner, target + row * inner, inner, parameters)
                }
            }
        }
    }
}
