#if OneDNN
    internal import COneDNN
    internal import CVectorMath
    import HingeGraph
    import HingeOperators
    import HingeProgram

    // Models of types float16 and bfloat16 compute as ones of float32, of whose values each is rounded to the model's type.
    //
    // To lowerings their tensors are of type float32. A value that a primitive makes is rounded where it stands, in whatever
    // layout, and remains memory of float32 until an operator's own evaluation, or an output, asks for the type itself. Where
    // the processor computes with bfloat16, primitives read and write that, and nothing is left to round.

    extension DataType {
        /// Whether it is a type of 16 bits that primitives stand in for with float32.
        var isHalf: Bool { self == .float16 || self == .bfloat16 }
    }

    extension TensorType {
        /// The type as which lowerings see it: float32 for those of 16 bits.
        var computed: TensorType { dataType.isHalf ? of(.float32) : self }
    }

    extension PlanBuilder {
        /// The type of 16 bits that a slot has; `nil` for any other.
        func halfType(_ slot: Int) -> DataType? {
            program.tensor(slot).flatMap { $0.dataType.isHalf ? $0.dataType : nil }
        }

        /// Whether oneDNN copies between two element types here; where it doesn't, ``Cast`` does.
        private static func converts(_ from: DataType, _ to: DataType) -> Bool {
            if from == to || !from.isHalf && !to.isHalf { return true }
            return from != .float16 && to != .float16 && OneDNN.computesInBFloat16
        }

        /// Whether a step of 16 bits gains from primitives: products do by themselves, functions of each element only between
        /// others that leave their results in memory of float32.
        func isWorthWidening(_ node: LoweredNode, _ lowering: (any Lowering.Type)?) -> Bool {
            guard halfType(node.output) != nil else { return true }
            let isLight =
                lowering == nil || lowering is any ElementwiseLowering.Type
                || lowering is any BinaryLowering.Type || node.step.operation is Transpose
                || node.step.operation is Concat
            return !isLight
                || node.step.inputs.contains { slot in
                    guard let slot, case .memory(let placement) = values[slot] else { return false }
                    return placement.plain == nil
                }
        }

        /// Copies memory into another layout of other elements, where oneDNN doesn't.
        ///
        /// - Returns: Whether there was need to.
        func emitConversion(
            _ source: BufferID, _ from: Descriptor, _ target: BufferID, _ to: Descriptor
        ) throws -> Bool {
            guard let first = from.dataType, let second = to.dataType,
                !Self.converts(first, second)
            else { return false }
            guard let wide = try (first.isHalf ? from : to).retyped(.float32) else {
                throw HingeError(.internalError, "numbers of 16 bits are in blocks")
            }
            let isDirect = from.isSamePlaces(as: to)
            let middle =
                isDirect ? (first.isHalf ? target : source) : addBuffer(byteCount: wide.byteCount)
            if first.isHalf {
                emitCast(source, first, middle, .float32, count: from.byteCount / 2)
                if !isDirect { try emitReorder(middle, wide, target, to) }
            } else {
                if !isDirect { try emitReorder(source, from, middle, wide) }
                emitCast(middle, .float32, target, second, count: to.byteCount / 2)
            }
            return true
        }

        private func emitCast(
            _ source: BufferID, _ from: DataType, _ target: BufferID, _ to: DataType, count: Int
        ) {
            emit(
                EvaluateStep(
                    index: 0, name: "", operation: Cast(to: to), places: [],
                    inputs: [.memory(source, TensorType(dataType: from, shape: [count]))],
                    outputs: [.memory(target, TensorType(dataType: to, shape: [count]))],
                    bodies: [], captured: [], salt: 0, owner: nil),
                reads: [source], writes: [target])
        }

        /// Operators whose results are among their inputs' numbers, or those without the sign.
        private static let exactOperators: Set<String> = [
            "Abs", "Concat", "GlobalMaxPool", "MaxPool", "Neg", "Relu",
        ]

        /// Rounds what the last primitive wrote in float32 to a type of 16 bits, unless it gives such numbers only.
        func emitRounding(_ buffer: BufferID, to type: DataType) {
            if let last = emissions.last?.step as? PrimitiveStep, !last.operations.isEmpty,
                last.operations.allSatisfy(Self.exactOperators.contains)
            {
                return
            }
            emit(
                RoundStep(buffer: buffer, type: type, byteCount: buffers[buffer].byteCount),
                reads: [buffer], writes: [buffer])
        }
    }

    extension Descriptor {
        /// Whether elements, of whatever type, are at the same places as in memory of another descriptor.
        fileprivate func isSamePlaces(as other: Descriptor) -> Bool {
            guard let layout, let otherLayout = other.layout else { return false }
            return layout.places == otherLayout.places && layout.extents == otherLayout.extents
        }
    }

    extension OneDNN {
        /// A constant of 16 bits in a layout of elements of another type, made now.
        ///
        /// - Parameter source: How it stands in its memory.
        static func widened(
            _ tensor: Tensor, _ source: Descriptor, to descriptor: Descriptor
        ) throws -> MemoryRegion {
            guard let wide = try source.retyped(.float32),
                let numbers = try tensor.converted(to: .float32).region
            else { throw HingeError(.internalError, "a constant has no memory") }
            if descriptor.isSamePlace(as: wide) { return numbers }
            return try reorder(numbers, wide, to: descriptor)
        }
    }

    /// A step that rounds numbers of float32, where they stand, to those that a type of 16 bits has.
    struct RoundStep: StatelessStep {
        let buffer: BufferID
        let type: DataType
        let byteCount: Int

        var summary: String { "round" }

        var description: StepDescription {
            StepDescription(
                operators: ["Round to \(type)"], kernel: "own", byteCount: byteCount)
        }

        func run(_ workspace: Workspace) throws {
            guard let address = try workspace.address(of: buffer) else { return }
            let numbers = UnsafeMutableBufferPointer(
                start: address.assumingMemoryBound(to: Float.self), count: byteCount / 4)
            RoundStep.round(numbers, to: type)
        }

        /// Rounds numbers to the nearest ones of a type of 16 bits.
        static func round(_ numbers: UnsafeMutableBufferPointer<Float>, to type: DataType) {
            guard let base = numbers.baseAddress else { return }
            nonisolated(unsafe) let start = base
            parallelFor(numbers.count, cost: 1) { range in
                if type == .float16 {
                    hinge_round_float16(start + range.lowerBound, range.count)
                } else {
                    hinge_round_bfloat16(start + range.lowerBound, range.count)
                }
            }
        }
    }
#endif
