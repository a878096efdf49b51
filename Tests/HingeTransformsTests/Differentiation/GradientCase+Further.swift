import HingeGraph

@testable import HingeOperators

extension GradientCase {
    /// Equations, determinants, transforms and images.
    static let further: [GradientCase] =
        equations + resizes + transforms + samples + regions + deformed + [
            GradientCase(Det(), [Point.any(2, 3, 3)], open: false),
            GradientCase(Det(), [Point.any(1, 1)], named: "of one", open: false),
            GradientCase(
                Det(), [Tensor([1, 2, 3, 2, 4, 6, 1, 0, 1] as [Double], shape: [3, 3])],
                named: "singular", open: false),
            GradientCase(
                MaxUnpool(kernel: [2], strides: [2]),
                [Point.any(1, 1, 3), indices([1, 2, 5], 1, 1, 3)],
                open: false),
            GradientCase(
                Col2Im(strides: [2, 1], pads: [0, 1, 1, 0]),
                [Point.any(1, 8, 4), .ints(3, 2), .ints(2, 2)], open: false),
            GradientCase(
                AffineGrid(), [Point.any(2, 2, 3), .ints(2, 1, 2, 3)], open: false),
            GradientCase(
                CenterCropPad(axes: [1, 2]), [Point.any(1, 4, 2), .ints(2, 3)], open: false),
        ]

    /// Regions of two images, `[x1, y1, x2, y2]`, one beyond the edge; no sample is on an element.
    private static let corners = Tensor(
        [0.31, 0.42, 3.17, 2.23, -0.83, 1.13, 2.61, 4.57, 1.09, 0.21, 1.83, 0.87] as [Double],
        shape: [3, 4])
    private static let areas = Point.any(2, 2, 4, 5)

    /// The index of an image is cut off.
    private static let regions: [GradientCase] =
        [(0, true), (0, false), (2, true), (3, false)].map { ratio, hasHalfPixels in
            GradientCase(
                RoiAlign(
                    outputHeight: 2, outputWidth: 3, samplingRatio: ratio, spatialScale: 0.9,
                    hasHalfPixels: hasHalfPixels),
                [areas, corners, .ints(0, 1, 1)], named: "\(ratio), \(hasHalfPixels)")
        } + [
            GradientCase(
                MaxRoiPool(pooledShape: [2, 3], spatialScale: 0.9),
                [
                    areas,
                    Tensor(
                        [0.3, 0.1, 0.2, 3.7, 2.7, 1.5, -0.8, 1.2, 2.7, 4.6, 1.2, 7, 8, 9, 9]
                            as [Double],
                        shape: [3, 5]),
                ])
        ]

    private static let deformed: [GradientCase] = [
        GradientCase(
            DeformConv(),
            [Point.any(1, 1, 3, 4), Point.any(2, 1, 2, 2), Point.between(-0.93, 0.91, 1, 8, 2, 3)],
            open: false),
        GradientCase(
            DeformConv(
                window: SpatialWindow(
                    strides: [2, 1], dilations: [1, 2], padding: .explicit([1, 0, 0, 1])),
                group: 2, offsetGroup: 2),
            [
                Point.any(2, 4, 3, 4), Point.any(2, 2, 2, 2),
                Point.between(-0.93, 0.91, 2, 16, 2, 3), Point.any(2), Point.positive(2, 8, 2, 3),
            ], named: "groups, bias, mask", open: false, doubled: false),
        GradientCase(
            DeformConv(),
            [Point.any(1, 1, 5), Point.any(1, 1, 2), Point.between(-0.93, 0.91, 1, 2, 4)],
            named: "one dimension", open: false),
    ]

    private static let equations: [GradientCase] =
        ([
            ("ij,jk->ik", [[2, 3], [3, 2]]), ("ij->ji", [[2, 3]]), ("ij->i", [[2, 3]]),
            ("ii->i", [[3, 3]]), ("ii", [[3, 3]]), ("...ij,...jk->...ik", [[2, 2, 3], [3, 2]]),
            ("bi,bj,b->ij", [[2, 3], [2, 2], [2]]), ("i,j->", [[2], [3]]),
            ("ij,kj->ik", [[2, 1], [2, 3]]),
        ] as [(String, [[Int]])]).map { equation, shapes in
            GradientCase(
                Einsum(equation: equation),
                shapes.enumerated().map { index, shape in
                    Point.between(-1.5, 1 + Double(index), shape)
                }, named: equation, open: !equation.contains("..."))
        }

    private static let resizes: [GradientCase] =
        Resize.Mode.allCases.flatMap { mode in
            ([.halfPixel, .alignCorners, .asymmetric, .pytorchHalfPixel] as [Resize.Coordinates])
                .map {
                    coordinates in
                    GradientCase(
                        Resize(mode, coordinates, scales: [1, 1, 1.5, 0.6]),
                        [Point.any(1, 2, 3, 5)],
                        named: "\(mode), \(coordinates)", open: false)
                }
        } + [
            GradientCase(
                Resize(.linear, sizes: [1, 1, 5]), [Point.any(1, 1, 3)], named: "sizes", open: false
            ),
            GradientCase(
                Resize(.cubic, .tensorFlowCrop, sizes: [1, 1, 5]),
                [Point.any(1, 1, 4), Tensor([0, 0, -0.2, 1, 1, 0.9] as [Float])], named: "crop",
                open: false),
        ]

    private static let transforms: [GradientCase] = [
        GradientCase(
            STFT(), [Point.any(1, 9, 1), Tensor(scalar: Int64(2)), Point.positive(4)], open: false),
        GradientCase(
            STFT(isOneSided: false), [Point.any(1, 8, 2), Tensor(scalar: Int64(3)), nil, .ints(5)],
            named: "complex", open: false),
        GradientCase.single(
            DequantizeLinear(axis: 0),
            [Tensor([3, -4, 5, 6] as [Int8], shape: [2, 2]), Point.positive(2)], open: false),
        GradientCase.single(
            DequantizeLinear(), [Tensor([3, -4, 5] as [Int8]), Tensor(scalar: 0.3)],
            named: "one scale"),
        GradientCase(DFT(axis: 1), [Point.any(2, 4, 1)], named: "real", open: false),
        GradientCase(DFT(axis: 1), [Point.any(1, 5, 2)], named: "complex", open: false),
        GradientCase(
            DFT(isInverse: true, axis: 0), [Point.any(3, 2, 2)], named: "inverse", open: false),
        GradientCase(
            DFT(isOneSided: true, axis: 1), [Point.any(1, 5, 1)], named: "one-sided", open: false),
        GradientCase(
            DFT(isOneSided: true, axis: 1), [Point.any(1, 6, 1), Tensor(scalar: Int64(4))],
            named: "one-sided, cut off", open: false),
        GradientCase(
            DFT(isInverse: true, isOneSided: true, axis: 1), [Point.any(1, 4, 2)],
            named: "one-sided, inverse", open: false),
        GradientCase(
            DFT(isInverse: true, isOneSided: true, axis: 1),
            [Point.any(1, 3, 2), Tensor(scalar: Int64(5))], named: "one-sided, inverse, odd",
            open: false),
        GradientCase(
            DFT(axis: 1), [Point.any(1, 3, 1), Tensor(scalar: Int64(5))], named: "filled up",
            open: false),
    ]

    private static let samples: [GradientCase] =
        GridSample.Mode.allCases.flatMap { mode in
            GridSample.Outside.allCases.flatMap { outside in
                [true, false].map { alignsCorners in
                    GradientCase(
                        GridSample(mode, outside: outside, alignsCorners: alignsCorners),
                        [Point.any(1, 2, 3, 4), Point.between(-1.43, 1.31, 1, 2, 3, 2)],
                        named: "\(mode), \(outside), \(alignsCorners)", open: false, doubled: false)
                }
            }
        } + [
            GradientCase(
                GridSample(), [Point.any(2, 1, 4), Point.between(-0.93, 0.91, 2, 3, 1)],
                named: "one dimension", open: false)
        ]
}
