extension OperatorRegistry {
    static let vision: [any Operator.Type] = [
        AffineGrid.self,
        CenterCropPad.self,
        Col2Im.self,
        DeformConv.self,
        GridSample.self,
        MaxRoiPool.self,
        MaxUnpool.self,
        NonMaxSuppression.self,
        RoiAlign.self,
    ]
}
