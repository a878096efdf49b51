#if OneDNN
    internal import COneDNN
    import HingeGraph
    import HingeProgram

    // A value of type float32 may stand in memory as numbers of fewer bits, where the session allows for it: then they are
    // the value. Each layout of a placement says what its elements are, and copies between layouts convert.

    extension TensorType {
        /// A tensor of the same shape with elements of another type.
        func of(_ dataType: DataType) -> TensorType {
            TensorType(dataType: dataType, shape: shape)
        }
    }

    extension Descriptor {
        /// Whether the memory is what a tensor of a type is in row-major order.
        func isPlain(of type: TensorType) -> Bool { isPlain && dataType == type.dataType }

        /// The same places for elements of another type; `nil` where they are in blocks.
        func retyped(_ type: DataType) throws -> Descriptor? {
            if dataType == type { return self }
            guard let layout, let strides = layout.strides else { return nil }
            return try Descriptor(
                TensorType(dataType: type, shape: layout.extents), strides: strides
            ).usual()
        }
    }

    extension Layout {
        /// The step along each axis, in elements; `nil` where elements are in blocks.
        fileprivate var strides: [Int]? {
            guard isStrided, blockExtent == nil else { return nil }
            var strides = Layout.rowMajorStrides(extents)
            for level in places { strides[level.axis] = level.stride }
            return strides
        }
    }

    /// What tells a constant in one form from the same in others: how it stood, how it stands, and the elements' types.
    struct ConstantForm: Hashable, Sendable {
        let layouts: [LayoutKey]
        let types: [DataType?]
    }

    extension Placement {
        /// A layout in which the elements are of type float32.
        var wide: Descriptor? { layouts.first { $0.descriptor.dataType == .float32 }?.descriptor }

        /// The layout to copy from into another: one that has elements of that type already, or else precise ones;
        /// `nil` for row-major memory of the value's type.
        func source(for target: Descriptor) -> (descriptor: Descriptor, buffer: BufferID)? {
            if target.dataType != type.dataType,
                let same = layouts.first(where: { $0.descriptor.dataType == target.dataType })
            {
                return same
            }
            if let precise = layouts.first(where: { $0.descriptor.dataType == type.dataType }) {
                return precise
            }
            return plain == nil ? layouts.first : nil
        }

        /// The buffer that holds the value in row-major order as elements of a type, where there is one.
        func rowMajorBuffer(of dataType: DataType?) -> BufferID? {
            if dataType == type.dataType { return plain }
            return layouts.first { $0.descriptor.isPlain && $0.descriptor.dataType == dataType }?
                .buffer
        }
    }

    extension PlanBuilder {
        /// The row-major memory of a value to copy from, and the layout of its elements under another shape.
        ///
        /// - Parameters:
        ///   - view: The layout under that shape.
        ///   - target: The layout to copy to.
        func rowMajor(
            _ placement: Placement, _ view: Descriptor, as target: Descriptor
        ) throws -> (BufferID, Descriptor) {
            let type = placement.type
            if let wanted = target.dataType, wanted != type.dataType,
                let converted = try view.retyped(wanted)
            {
                let isMade = placement.source(for: target)?.descriptor.dataType == wanted
                if isMade || target.isSamePlace(as: converted) {
                    let plain = try Descriptor.plain(type.of(wanted))
                    return (try buffer(placement, as: plain), converted)
                }
            }
            guard let own = try view.retyped(type.dataType) else {
                throw HingeError(.internalError, "a view of a value is in blocks")
            }
            return (try plainBuffer(placement), own)
        }

        /// Puts what a primitive wrote, row-major under another shape, into a slot.
        func defineFlat(
            _ slot: Int, _ type: TensorType, _ buffer: BufferID, _ descriptor: Descriptor
        ) throws {
            if let found = descriptor.dataType, found != type.dataType || halfType(slot) != nil {
                try define(slot, type, buffer, try Descriptor.plain(type.of(found)))
            } else {
                try define(slot, type, buffer, descriptor, isFlat: true)
            }
        }

        /// The types of the elements of all buffers, as far as watched steps know them; else float32.
        func elementTypes() -> [DataType] {
            var types = [DataType](repeating: .float32, count: buffers.count)
            for step in watchedSteps {
                for (buffer, type) in step.elements { types[buffer] = type }
            }
            return types
        }
    }

    extension MagnitudeRule {
        /// Takes account of the types of the results: what is rounded to fewer bits may become larger, and a finite number
        /// that is large enough infinite.
        ///
        /// - Parameter type: The type of the value that is computed, if it is known.
        mutating func round(to outputs: [PrimitiveStep.Argument], _ type: DataType?) {
            let isLow = outputs.contains { $0.descriptor.dataType == .bfloat16 }
            if isLow { isForFiniteOnly = true }
            if isLow || type?.isHalf ?? false { rounding = 1 + 0x1p-7 }
            if type == .float16 { largest = 65504 }
        }
    }
#endif
