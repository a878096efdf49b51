#if OneDNN
    internal import COneDNN
    import HingeGraph

    /// Shape, element type and layout of a tensor, as oneDNN knows them.
    final class Descriptor: @unchecked Sendable {
        let handle: OpaquePointer
        /// Where the elements are; `nil` for a layout that only its primitive understands, or none yet.
        let layout: Layout?
        /// The type of the elements; `nil` for one that nobody here makes.
        let dataType: DataType?

        /// A descriptor of row-major memory.
        static func plain(_ type: TensorType) throws -> Descriptor {
            try Descriptor(type, strides: Layout.rowMajorStrides(type.shape))
        }

        /// A descriptor for whatever layout a primitive prefers.
        static func any(_ type: TensorType) throws -> Descriptor {
            try Descriptor(type, strides: nil)
        }

        /// - Parameter strides: In elements; `nil` for whatever layout a primitive prefers.
        init(_ type: TensorType, strides: [Int]?) throws {
            guard let dataType = Descriptor.dataType(type.dataType) else {
                throw HingeError(.internalError, "oneDNN has no \(type.dataType)")
            }
            // oneDNN has no tensors of rank 0.
            let shape = type.shape.isEmpty ? [1] : type.shape
            let steps = strides.map { $0.isEmpty ? [1] : $0.map { Int64($0) } }
            var handle: OpaquePointer?
            try OneDNN.check(
                dnn_desc_create(
                    &handle, Int32(shape.count), shape.map { Int64($0) }, dataType, steps),
                "a descriptor of \(type.dataType)\(shape)")
            guard let handle else { throw OneDNN.failure("a descriptor", dnnl_out_of_memory) }
            self.handle = handle
            layout = strides == nil ? nil : Layout(handle)
            self.dataType = type.dataType
        }

        /// A descriptor of images of 1 to 3 dimensions, `[N, C, …]`, whose channels stand in blocks.
        ///
        /// - Parameter block: The number of channels in a block: 8 or 16.
        static func blocked(_ type: TensorType, block: Int = 16) throws -> Descriptor {
            guard let dataType = Descriptor.dataType(type.dataType) else {
                throw HingeError(.internalError, "oneDNN has no \(type.dataType)")
            }
            var handle: OpaquePointer?
            try OneDNN.check(
                dnn_desc_create_blocked(
                    &handle, Int32(type.shape.count), type.shape.map { Int64($0) }, dataType,
                    Int32(block)), "a descriptor of \(type.text)")
            guard let handle else { throw OneDNN.failure("a descriptor", dnnl_out_of_memory) }
            return Descriptor(owning: handle)
        }

        /// Takes over a handle.
        private init(owning handle: OpaquePointer) {
            self.handle = handle
            layout = Layout(handle)
            dataType = Descriptor.elementType(dnn_desc_type(handle))
        }

        deinit { dnn_desc_destroy(handle) }

        /// A copy of a descriptor that belongs to a primitive.
        static func copy(_ borrowed: OpaquePointer) throws -> Descriptor {
            var handle: OpaquePointer?
            try OneDNN.check(dnn_desc_clone(&handle, borrowed), "a descriptor")
            guard let handle else { throw OneDNN.failure("a descriptor", dnnl_out_of_memory) }
            return Descriptor(owning: handle)
        }

        /// The same memory with its axes in another order: axis `i` of the result is axis `order[i]` of this.
        func permuted(_ order: [Int]) throws -> Descriptor {
            var inverse = [Int32](repeating: 0, count: order.count)
            for (position, axis) in order.enumerated() { inverse[axis] = Int32(position) }
            var result: OpaquePointer?
            try OneDNN.check(dnn_desc_permute(&result, handle, inverse), "a descriptor")
            guard let result else { throw OneDNN.failure("a descriptor", dnnl_out_of_memory) }
            return try Descriptor(owning: result).usual()
        }

        /// The same memory, described as usual: where it is row-major, or has the channels last, the steps along axes of
        /// extent 1 are what they are in such memory.
        ///
        /// Those steps are never taken, but oneDNN 2 tells kinds of memory by them: sums and products of two numbers with
        /// others write nothing at all, and say that they did. Its cache of primitives doesn't tell them apart either, so one
        /// of them spoils those behind it.
        func usual() throws -> Descriptor {
            guard let layout, let dataType, layout.extents.contains(1) else { return self }
            let type = TensorType(dataType: dataType, shape: layout.extents)
            if layout.isRowMajor { return try .plain(type) }
            guard layout.isStrided, let last = try Descriptor.channelsLast(type),
                last.isSamePlace(as: self)
            else {
                return self
            }
            return last
        }

        /// The memory that a tensor of this layout takes, padding included.
        var byteCount: Int { Int(dnn_desc_size(handle)) }

        /// Whether elements of the same type are at the same places as in memory of another descriptor.
        func isSamePlace(as other: Descriptor) -> Bool {
            if let layout, let otherLayout = other.layout {
                return dataType == other.dataType && layout.places == otherLayout.places
                    && layout.extents == otherLayout.extents
            }
            return dnn_desc_equal(handle, other.handle)
        }

        /// What tells the layout from others; `nil` where nothing does.
        var layoutKey: LayoutKey? {
            if let layout { return .places(layout) }
            var bytes: UnsafeRawPointer?
            let count = dnn_desc_bytes(handle, &bytes)
            guard count > 0, let bytes else { return nil }
            return .opaque([UInt8](UnsafeRawBufferPointer(start: bytes, count: count)))
        }

        /// The axes of the tensor, those with the largest steps first, where its memory is row-major in that order; `nil`
        /// where it is in blocks or has gaps.
        var axisOrder: [Int]? {
            guard let layout, layout.isStrided else { return nil }
            let extents = layout.extents
            let order = extents.indices.filter { extents[$0] <= 1 } + layout.places.map(\.axis)
            var stride = 1
            for level in layout.places.reversed() {
                guard level.stride == stride else { return nil }
                stride *= level.extent
            }
            return stride == extents.reduce(1, *) ? order : nil
        }

        /// The descriptor of memory that is row-major with its axes in an order.
        static func ordered(_ type: TensorType, _ order: [Int]) throws -> Descriptor {
            try Descriptor(type, strides: Layout.strides(type.shape, order))
        }

        /// This layout where the channels, axis 1, come last in it, or the layout of a type in which they do.
        func channelsLast(_ type: TensorType) throws -> Descriptor {
            guard let result = try Descriptor.channelsLast(type) else { return self }
            return result.isSamePlace(as: self) ? self : result
        }

        /// The descriptor of memory in which the channels, axis 1, come last; `nil` where nothing is behind them.
        private static func channelsLast(_ type: TensorType) throws -> Descriptor? {
            guard type.shape.count > 2 else { return nil }
            return try ordered(type, [0] + Array(2..<type.shape.count) + [1])
        }

        /// Whether the memory is row-major.
        var isPlain: Bool { layout?.isRowMajor ?? false }

        /// Whether memory holds more than the elements: zeros that fill up the last blocks.
        var isPadded: Bool { layout.map { $0.paddedExtents != $0.extents } ?? true }

        /// oneDNN's name for an element type that it computes with here.
        static func dataType(_ type: DataType) -> dnnl_data_type_t? {
            switch type {
            case .float32: dnnl_f32
            case .bfloat16: dnnl_bf16
            case .float16: dnnl_f16
            case .int32: dnnl_s32
            case .int8: dnnl_s8
            case .uint8: dnnl_u8
            default: nil
            }
        }

        /// The element type that oneDNN has a name for.
        private static func elementType(_ name: dnnl_data_type_t) -> DataType? {
            switch name {
            case dnnl_f32: .float32
            case dnnl_bf16: .bfloat16
            case dnnl_f16: .float16
            case dnnl_s32: .int32
            case dnnl_s8: .int8
            case dnnl_u8: .uint8
            default: nil
            }
        }
    }

    /// What tells the layouts of constants from each other.
    enum LayoutKey: Hashable, Sendable {
        case places(Layout)
        /// A layout that only its primitive understands, as oneDNN's bytes.
        case opaque([UInt8])
    }

    /// Where the elements of a tensor are: nested blocks of axes inside strides.
    struct Layout: Hashable, Sendable {
        /// One step through memory: along an axis, so many times, so many elements further each time.
        struct Level: Hashable, Sendable {
            let axis: Int
            let extent: Int
            let stride: Int
        }

        /// The extents of the tensor.
        let extents: [Int]
        /// The extents with the padding that fills the last blocks.
        let paddedExtents: [Int]
        /// The steps, outermost first, with those joined that are as good as one.
        let places: [Level]
        /// The number of elements in a block, as oneDNN has it; `nil` without blocks.
        ///
        /// One block may be all there is.
        let blockExtent: Int?
        /// The axes of more than one element or block, that with the largest steps first.
        let order: [Int]
        /// Whether the elements are in row-major order, without gaps.
        let isRowMajor: Bool

        init?(_ descriptor: OpaquePointer) {
            var raw = dnn_layout()
            guard dnn_desc_layout(descriptor, &raw), raw.offset == 0 else { return nil }
            let rank = Int(raw.rank)
            extents = Layout.list(raw.extents, rank)
            paddedExtents = Layout.list(raw.padded_extents, rank)
            let strides = Layout.list(raw.strides, rank)
            let blocks = Layout.list(raw.block_extents, Int(raw.block_count))
            let axes = Layout.list(raw.block_axes, Int(raw.block_count))
            var levels: [Level] = []
            var blockSizes = [Int](repeating: 1, count: rank)
            var stride = 1
            for (extent, axis) in zip(blocks, axes).reversed() {
                levels.append(Level(axis: axis, extent: extent, stride: stride))
                stride *= extent
                blockSizes[axis] *= extent
            }
            for axis in 0..<rank {
                levels.append(
                    Level(
                        axis: axis, extent: paddedExtents[axis] / blockSizes[axis],
                        stride: strides[axis]))
            }
            places = Layout.joined(levels)
            blockExtent = blocks.isEmpty ? nil : blocks.reduce(1, *)
            order = levels.suffix(rank).filter { $0.extent > 1 }.sorted { $0.stride > $1.stride }
                .map(\.axis)
            isRowMajor = paddedExtents == extents && places == Layout.rowMajorPlaces(extents)
        }

        private static func joined(_ levels: [Level]) -> [Level] {
            var result: [Level] = []
            for level in levels.filter({ $0.extent > 1 }).sorted(by: { $0.stride > $1.stride }) {
                if let last = result.last, last.axis == level.axis,
                    last.stride == level.extent * level.stride
                {
                    result[result.count - 1] = Level(
                        axis: level.axis, extent: last.extent * level.extent,
                        stride: level.stride)
                } else {
                    result.append(level)
                }
            }
            return result
        }

        private static func list(_ values: dnnl_dims_t, _ count: Int) -> [Int] {
            withUnsafeBytes(of: values) { bytes in
                bytes.bindMemory(to: Int64.self).prefix(count).map { Int($0) }
            }
        }

        /// The steps through row-major memory, along axes of more than one element.
        private static func rowMajorPlaces(_ extents: [Int]) -> [Level] {
            zip(rowMajorStrides(extents), extents.indices)
                .map { Level(axis: $1, extent: extents[$1], stride: $0) }
                .filter { $0.extent > 1 }
        }

        /// Whether each axis has one stride, and nothing is padded.
        var isStrided: Bool {
            paddedExtents == extents && Set(places.map(\.axis)).count == places.count
        }

        /// The steps along each axis of memory that is row-major with its axes in an order.
        static func strides(_ shape: [Int], _ order: [Int]) -> [Int] {
            let strides = rowMajorStrides(order.map { shape[$0] })
            var result = strides
            for (stride, axis) in zip(strides, order) { result[axis] = stride }
            return result
        }

        /// The steps of row-major memory.
        static func rowMajorStrides(_ shape: [Int]) -> [Int] {
            var strides = [Int](repeating: 1, count: shape.count)
            for axis in shape.indices.dropLast().reversed() {
                strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
            }
            return strides
        }
    }
#endif
